package io.mooring.dispatch;

import io.mooring.call.Call;
import io.mooring.call.Directory;
import io.mooring.call.NoticeDialect;
import io.mooring.call.Places;
import io.mooring.call.Standing;
import io.mooring.dialog.ParkNotice;
import io.mooring.edge.EdgeAction;
import io.mooring.edge.EdgeClient;
import io.mooring.loop.LoopThreads;
import io.mooring.store.StoreUnavailableException;
import io.mooring.watch.ParkInfo;
import io.mooring.watch.Shown;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells phones of parked calls without having been asked, each in its dialect. Nothing waits for it: a call is parked whether anybody is
 * told or not.
 */
final class Notices {
    private static final Logger LOG = LoggerFactory.getLogger(Notices.class);

    /** The edge reads a post as a whole: a large park group is told in several. */
    private static final int REQUESTS_A_POST = 20;

    private final Vertx vertx;
    private final Directory directory;
    private final EdgeClient edges;
    /** Marks what we send to users of the edge. */
    private final String key;

    Notices(Vertx vertx, Directory directory, EdgeClient edges, String edgeToken) {
        this.vertx = vertx;
        this.directory = directory;
        this.edges = edges;
        this.key = "X-Mooring-Key: " + edgeToken + "\r\n";
    }

    /**
     * Sends one; does not wait.
     *
     * @param call as it was written
     */
    void send(ParkNotice notice, Call call, String correlation) {
        LoopThreads.start(vertx, () -> {
            try {
                List<EdgeAction> requests = requests(notice, call);
                for (int from = 0; from < requests.size(); from += REQUESTS_A_POST) {
                    edges.post(notice.control(), correlation,
                            requests.subList(from, Math.min(from + REQUESTS_A_POST, requests.size())));
                }
            } catch (StoreUnavailableException e) {
                LOG.atWarn().addKeyValue("call", call.id).log("Nobody is told of it: {}", e.getMessage());
            }
        });
    }

    private List<EdgeAction> requests(ParkNotice notice, Call call) {
        Map<String, NoticeDialect> dialects = directory.notices(call.tenant, notice.extensions());
        String code = directory.retrieveCode(call.tenant);
        String dial = code + Places.number(notice.placeOf(call));
        boolean toRead = notice.what() != ParkNotice.What.GONE;
        var requests = new ArrayList<EdgeAction>();
        for (String extension : notice.extensions()) {
            switch (dialects.getOrDefault(extension, NoticeDialect.NONE)) {
                case NONE -> {}
                case MESSAGE -> {
                    if (toRead) {
                        requests.add(notice.message(call, extension, dial, key));
                    }
                }
                case PARK_INFO -> requests.add(parkInfo(notice, call, extension, code, key));
                case AUTO -> {
                    if (toRead) {
                        requests.add(notice.message(call, extension, dial, key + "X-Mooring-Agents: others\r\n"));
                    }
                    requests.add(parkInfo(notice, call, extension, code, key + "X-Mooring-Agents: park-info\r\n"));
                }
            }
        }
        return requests;
    }

    private EdgeAction parkInfo(ParkNotice notice, Call call, String extension, String code, String marks) {
        // One that waits no more has no party to show.
        Shown shown = notice.what() == ParkNotice.What.GONE
                ? new Shown(call.id, code + Places.number(notice.placeOf(call)), Optional.empty())
                : Shown.of(call, extension, () -> standing(call.tenant, extension), code);
        return ParkInfo.of(notice, call, shown, extension, marks);
    }

    private Standing standing(String tenant, String user) {
        return directory.standing(tenant, user);
    }
}
