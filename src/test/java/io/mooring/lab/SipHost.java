package io.mooring.lab;

import gov.nist.core.ServerLogger;
import gov.nist.core.StackLogger;
import gov.nist.javax.sip.message.SIPMessage;
import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.stack.DefaultRouter;
import gov.nist.javax.sip.stack.HopImpl;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.text.ParseException;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeoutException;
import javax.sip.DialogTerminatedEvent;
import javax.sip.IOExceptionEvent;
import javax.sip.InvalidArgumentException;
import javax.sip.ListeningPoint;
import javax.sip.ObjectInUseException;
import javax.sip.RequestEvent;
import javax.sip.ResponseEvent;
import javax.sip.SipException;
import javax.sip.SipFactory;
import javax.sip.SipListener;
import javax.sip.SipProvider;
import javax.sip.SipStack;
import javax.sip.TimeoutEvent;
import javax.sip.TransactionTerminatedEvent;
import javax.sip.address.Hop;
import javax.sip.message.MessageFactory;
import javax.sip.message.Request;
import org.awaitility.Awaitility;

/**
 * The JAIN-SIP stack under all phones of this Java machine. It does transactions and their timers; dialogs are the phones'
 * own business, so that a test can do in a dialog what a well-behaved stack would not.
 */
final class SipHost implements SipListener {

    private static final Duration FREED = Duration.ofSeconds(2);

    private static final class Holder {
        private static final SipHost HOST = new SipHost("mooring-lab");
    }

    private final SipStack stack;
    private final MessageFactory messages;
    private final Map<SipProvider, TestPhone> phones = new ConcurrentHashMap<>();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("lab-timer").factory());

    /**
     * @param name unique in this Java machine. The stack short-cuts messages between its own ports, and keeps one TCP connection to each
     *        address for all of them: phones that call each other directly, or use TCP, need one each
     */
    SipHost(String name) {
        var properties = new Properties();
        properties.setProperty("javax.sip.STACK_NAME", name);
        properties.setProperty("javax.sip.AUTOMATIC_DIALOG_SUPPORT", "off");
        properties.setProperty("gov.nist.javax.sip.AUTOMATIC_DIALOG_ERROR_HANDLING", "false");
        properties.setProperty("gov.nist.javax.sip.DELIVER_UNSOLICITED_NOTIFY", "true");
        properties.setProperty("gov.nist.javax.sip.REENTRANT_LISTENER", "true");
        // One reader: with a thread for each datagram, an INVITE may be handled before the ACK that came first.
        properties.setProperty("gov.nist.javax.sip.THREAD_POOL_SIZE", "1");
        properties.setProperty("gov.nist.javax.sip.STACK_LOGGER", QuietLogger.class.getName());
        properties.setProperty("gov.nist.javax.sip.SERVER_LOGGER", NoServerLogger.class.getName());
        properties.setProperty("gov.nist.javax.sip.TIMER_CLASS_NAME", QuietTimer.class.getName());
        properties.setProperty("gov.nist.javax.sip.NETWORK_LAYER", PromptSockets.class.getName());
        properties.setProperty("javax.sip.ROUTER_PATH", GivenHopRouter.class.getName());
        properties.setProperty("javax.sip.USE_ROUTER_FOR_ALL_URIS", "true");
        var factory = SipFactory.getInstance();
        factory.setPathName("gov.nist");
        try {
            stack = factory.createSipStack(properties);
            messages = factory.createMessageFactory();
            stack.start();
            // The stack stops for good, timers and all, when its last provider goes: this one stays.
            stack.createSipProvider(stack.createListeningPoint("127.0.0.1", freePort("127.0.0.1"), "udp"));
        } catch (SipException | InvalidArgumentException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    static SipHost shared() {
        return Holder.HOST;
    }

    ScheduledExecutorService timer() {
        return timer;
    }

    /** Opens a listening point for the phone; port 0 finds a free one. */
    synchronized SipProvider open(TestPhone phone, String address, int port, String transport) {
        if (port != 0) {
            // A phone that had it may have been closed a moment ago: the socket goes when the thread that reads it does.
            Awaitility.await().atMost(FREED).until(() -> isFree(address, port));
        }
        for (var tries = 0;; tries++) {
            ListeningPoint point = null;
            try {
                var wanted = port == 0 ? freePort(address) : port;
                point = stack.createListeningPoint(address, wanted, transport);
                var provider = stack.createSipProvider(point);
                phones.put(provider, phone);
                provider.addSipListener(this);
                return provider;
            } catch (SipException | InvalidArgumentException | java.util.TooManyListenersException | IOException e) {
                if (port != 0 || tries == 20) {
                    throw new IllegalStateException("no SIP port on " + address, e);
                }
            }
        }
    }

    private static boolean isFree(String address, int port) throws IOException {
        try (var socket = new DatagramSocket(new InetSocketAddress(InetAddress.getByName(address), port))) {
            return socket.isBound();
        } catch (BindException e) {
            return false;
        }
    }

    private static int freePort(String address) throws IOException {
        try (var socket = new DatagramSocket(new InetSocketAddress(InetAddress.getByName(address), 0))) {
            return socket.getLocalPort();
        }
    }

    synchronized void close(SipProvider provider) {
        phones.remove(provider);
        provider.removeSipListener(this);
        try {
            for (var point : provider.getListeningPoints()) {
                stack.deleteListeningPoint(point);
            }
            stack.deleteSipProvider(provider);
        } catch (ObjectInUseException e) {
            // A transaction still has a second to live; the port is closed either way.
        }
    }

    /** In the background, because the stack takes a second over it. */
    void stop() {
        timer.shutdown();
        Thread.ofVirtual().start(stack::stop);
    }

    /** Parses a request that will go to {@code next} whatever its Route says. */
    SIPRequest request(String text, InetSocketAddress next, String transport) {
        try {
            var request = (SIPRequest) messages.createRequest(text);
            request.setApplicationData(
                    new HopImpl(next.getAddress().getHostAddress(), next.getPort(),
                            transport.toUpperCase(Locale.ROOT)));
            return request;
        } catch (ParseException e) {
            throw new IllegalArgumentException("the lab wrote a bad request:\n" + text, e);
        }
    }

    @Override
    public void processRequest(RequestEvent event) {
        var phone = phones.get((SipProvider) event.getSource());
        if (phone != null) {
            loudly(() -> phone.onRequest((SIPRequest) event.getRequest(), event.getServerTransaction()));
        }
    }

    @Override
    public void processResponse(ResponseEvent event) {
        var phone = phones.get((SipProvider) event.getSource());
        if (phone != null) {
            var message = new SipMessage((SIPMessage) event.getResponse(), true);
            if (event.getClientTransaction() != null
                    && event.getClientTransaction().getApplicationData() instanceof Exchange exchange) {
                loudly(() -> phone.onReply(exchange, message));
            } else {
                loudly(() -> phone.onStrayReply(message));
            }
        }
    }

    /** The stack swallows what a listener throws; a mistake in the lab must be seen. */
    private static void loudly(Runnable handler) {
        try {
            handler.run();
        } catch (RuntimeException | Error e) {
            e.printStackTrace();
            throw e;
        }
    }

    @Override
    public void processTimeout(TimeoutEvent event) {
        if (!event.isServerTransaction()
                && event.getClientTransaction().getApplicationData() instanceof Exchange exchange) {
            exchange.finalReply.completeExceptionally(new TimeoutException("no final reply to "
                    + exchange.request.summary()));
        }
    }

    @Override
    public void processIOException(IOExceptionEvent event) {
        // A TCP connection that broke: the transaction's time-out tells whoever waits.
    }

    @Override
    public void processTransactionTerminated(TransactionTerminatedEvent event) {}

    @Override
    public void processDialogTerminated(DialogTerminatedEvent event) {}

    /** Sends each request where the phone said. Created by the stack, by name. */
    public static final class GivenHopRouter extends DefaultRouter {

        public GivenHopRouter(SipStack stack, String proxy) {
            super(stack, proxy);
        }

        @Override
        public Hop getNextHop(Request request) throws SipException {
            return ((SIPMessage) request).getApplicationData() instanceof Hop hop ? hop : super.getNextHop(request);
        }
    }

    /** Created by the stack, by name; instead of log4j 1.2, which it would want otherwise. */
    public static final class NoServerLogger implements ServerLogger {

        @Override
        public void closeLogFile() {}

        @Override
        public void logMessage(SIPMessage message, String from, String to, boolean sender, long time) {}

        @Override
        public void logMessage(SIPMessage message, String from, String to, String status, boolean sender, long time) {}

        @Override
        public void logMessage(SIPMessage message, String from, String to, String status, boolean sender) {}

        @Override
        public void logException(Exception e) {}

        @Override
        public void setStackProperties(Properties properties) {}

        @Override
        public void setSipStack(SipStack stack) {}
    }

    /** Created by the stack, by name: errors to standard error when asked for, all else nowhere. */
    public static final class QuietLogger implements StackLogger {

        private static final boolean LOUD = Boolean.getBoolean("lab.sip.log");

        private static void say(Object what) {
            if (LOUD) {
                System.err.println("lab sip: " + what);
            }
        }

        @Override
        public void logStackTrace() {}

        @Override
        public void logStackTrace(int level) {}

        @Override
        public int getLineCount() {
            return 0;
        }

        @Override
        public void logException(Throwable e) {
            say(e);
        }

        @Override
        public void logDebug(String message) {}

        @Override
        public void logDebug(String message, Exception e) {}

        @Override
        public void logTrace(String message) {}

        @Override
        public void logFatalError(String message) {
            say(message);
        }

        @Override
        public void logError(String message) {
            say(message);
        }

        @Override
        public boolean isLoggingEnabled() {
            return LOUD;
        }

        @Override
        public boolean isLoggingEnabled(int level) {
            return LOUD && level <= TRACE_ERROR;
        }

        @Override
        public void logError(String message, Exception e) {
            say(message + ": " + e);
        }

        @Override
        public void logWarning(String message) {
            say(message);
        }

        @Override
        public void logInfo(String message) {}

        @Override
        public void disableLogging() {}

        @Override
        public void enableLogging() {}

        @Override
        public void setBuildTimeStamp(String stamp) {}

        @Override
        public void setStackProperties(Properties properties) {}

        @Override
        public String getLoggerName() {
            return "lab";
        }
    }
}
