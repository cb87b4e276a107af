package io.mooring.edge;

import io.mooring.http.BearerToken;
import io.mooring.http.BoundedBody;
import io.mooring.http.Listening;
import io.mooring.http.Problem;
import io.mooring.http.ProblemException;
import io.mooring.http.ProblemType;
import io.mooring.loop.LoopThreads;
import io.mooring.metrics.Metrics;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.ContextInternal;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Takes the events of edges: {@code POST /edge/v1/events}.
 *
 * <p>The event loop reads, checks and answers. The handler runs on a virtual thread of its own for each event, with a
 * Vert.x context of its own on the same event loop: it may wait with {@code Future.await()}, and an event that waits
 * holds up no other. What is not admitted by the {@link EventGate} is refused before it costs anything.
 */
public final class EdgeServer extends VerticleBase {

    /** Path that events are posted to. */
    public static final String PATH = "/edge/v1/events";

    static final int BODY_LIMIT_BYTES = 256 * 1_024;

    private static final Logger LOG = LoggerFactory.getLogger(EdgeServer.class);
    private static final String CORRELATION_HEADER = "X-Correlation-Id";
    private static final String CORRELATION = "correlation";
    private static final String TRACE_ID = "trace_id";
    private static final String SPAN_ID = "span_id";

    private final Listening listening;
    private final BearerToken token;
    private final EventGate gate;
    private final EdgeEventHandler handler;
    private final Metrics metrics;

    /**
     * @param listening where to listen; told the port
     * @param token what edges must present
     * @param gate bounds the events of all instances together
     * @param handler decides
     */
    public EdgeServer(
            Listening listening, BearerToken token, EventGate gate, EdgeEventHandler handler, Metrics metrics) {
        this.listening = listening;
        this.token = token;
        this.gate = gate;
        this.handler = handler;
        this.metrics = metrics;
    }

    @Override
    public Future<?> start() {
        // Without the automatic 100, curl waits a second before it sends a long body.
        var options = new HttpServerOptions().setHandle100ContinueAutomatically(true).setHttp2ClearTextEnabled(false);
        HttpServer server = vertx.createHttpServer(options).requestHandler(this::receive);
        return listening.listen(server);
    }

    private void receive(HttpServerRequest request) {
        if (!PATH.equals(request.path())) {
            new Problem(ProblemType.NOT_FOUND, "events go to " + PATH).end(request.response());
        } else if (request.method() != HttpMethod.POST) {
            request.response().putHeader(HttpHeaders.ALLOW, "POST");
            new Problem(ProblemType.METHOD_NOT_ALLOWED, "events are posted").end(request.response());
        } else if (!token.admits(request)) {
            contractError(request, new Problem(ProblemType.UNAUTHORIZED, "the token of edges and nodes is needed"));
        } else {
            BoundedBody.read(request, BODY_LIMIT_BYTES)
                    .onSuccess(body -> admit(request, body))
                    .onFailure(failure -> unreadable(request, failure));
        }
    }

    private void unreadable(HttpServerRequest request, Throwable failure) {
        if (failure instanceof ProblemException refused) {
            // The rest of the body is on its way: the connection cannot be used again.
            request.response().putHeader(HttpHeaders.CONNECTION, "close");
            contractError(request, refused.problem());
        }
    }

    private void admit(HttpServerRequest request, Buffer body) {
        switch (gate.enter()) {
            case ADMITTED -> parse(request, body);
            case FULL -> refuse(request, new Problem(ProblemType.OVERLOADED, "too many events are in flight"));
            case SHUT -> refuse(request, new Problem(ProblemType.DRAINING, "this node takes no more events"));
        }
    }

    private void parse(HttpServerRequest request, Buffer body) {
        long started = System.nanoTime();
        EdgeEvent event;
        try {
            event = EdgeJson.readEvent(body.getBytes());
        } catch (MalformedEventException e) {
            gate.leave();
            contractError(request, e.problem());
            return;
        }
        if (startsSomething(event)) {
            afterTheNextRead(() -> {
                if (request.response().closed()) {
                    gate.leave();
                    metrics.edgeRefused("given-up");
                    LOG.atInfo().addKeyValue(CORRELATION, event.correlation()).log("the edge has given this event up");
                } else {
                    LoopThreads.start(vertx, () -> handle(request, event, started));
                }
            });
        } else {
            LoopThreads.start(vertx, () -> handle(request, event, started));
        }
    }

    /**
     * Netty does not read on to the end of a connection at once. What is scheduled by a task comes after the next turn of the loop,
     * which knows whether the edge hung up while this node stood still.
     */
    private void afterTheNextRead(Runnable task) {
        var loop = ((ContextInternal) context).nettyEventLoop();
        loop.execute(() -> {
            var unused = loop.schedule(() -> context.runOnContext(ignored -> task.run()), 0, TimeUnit.NANOSECONDS);
        });
    }

    /**
     * The phone was refused already, or another node has done it: such a request must not take effect late. What only ends or
     * completes something is better done late than never.
     */
    private static boolean startsSomething(EdgeEvent event) {
        return event.kind() == EdgeEvent.Kind.REQUEST
                && Set.of("INVITE", "REFER", "UPDATE").contains(EventLog.method(event));
    }

    private void handle(HttpServerRequest request, EdgeEvent event, long started) {
        String method = EventLog.method(event);
        MDC.put(CORRELATION, event.correlation());
        String result = "ok";
        int count = 0;
        Consumer<HttpServerResponse> answer;
        try {
            Trace trace = Trace.of(event);
            MDC.put(TRACE_ID, trace.traceId());
            MDC.put(SPAN_ID, trace.spanId());
            List<EdgeAction> actions = handler.handle(event);
            count = actions.size();
            byte[] json = EdgeJson.writeActions(actions);
            answer = response -> response.putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                    .end(Buffer.buffer(json));
        } catch (UnavailableException e) {
            result = "unavailable";
            LOG.atWarn().addKeyValue("cause", String.valueOf(e.getCause())).log("unavailable: {}", e.getMessage());
            answer = new Problem(ProblemType.UNAVAILABLE, String.valueOf(e.getMessage()))::end;
        } catch (Throwable e) {
            // Errors too: an event that is not answered holds a worker of the edge, and its place in the gate.
            result = "defect";
            LOG.error("the handler of events failed", e);
            answer = new Problem(ProblemType.DEFECT, "the log of this node has it")::end;
        }
        long nanos = System.nanoTime() - started;
        EventLog.done(event, method, result, count, nanos);
        metrics.edgeEvent(method, result, nanos);
        MDC.clear();
        answerOn(context, request, answer);
    }

    /** Back to the event loop; head and body leave in one packet there. */
    private void answerOn(Context loop, HttpServerRequest request, Consumer<HttpServerResponse> answer) {
        loop.runOnContext(ignored -> {
            HttpServerResponse response = request.response();
            if (!response.closed()) {
                answer.accept(response);
            }
            gate.leave();
        });
    }

    private void refuse(HttpServerRequest request, Problem problem) {
        metrics.edgeRefused(problem.type().urnName());
        problem.end(request.response());
    }

    private void contractError(HttpServerRequest request, Problem problem) {
        metrics.edgeRefused(problem.type().urnName());
        LOG.atWarn()
                .addKeyValue(CORRELATION, String.valueOf(request.getHeader(CORRELATION_HEADER)))
                .addKeyValue("peer", String.valueOf(request.remoteAddress()))
                .addKeyValue("problem", problem.type().urnName())
                .addKeyValue("field", problem.field())
                .log("an edge broke the contract");
        problem.end(request.response());
    }
}
