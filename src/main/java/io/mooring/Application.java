package io.mooring;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import io.mooring.config.ConfigException;
import io.mooring.config.NodeConfig;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts one Mooring node, and stops it when the process is told to; with {@code --check-settings} it only looks whether it could be. */
public final class Application {

    private static final Logger LOG = LoggerFactory.getLogger(Application.class);

    /** Exit status when the settings are wrong (EX_CONFIG of sysexits). */
    private static final int EXIT_CONFIG = 78;
    /** Exit status when the node cannot listen or join its cluster (EX_UNAVAILABLE). */
    private static final int EXIT_UNAVAILABLE = 69;

    private Application() {}

    public static void main(String[] args) {
        try {
            NodeConfig config = NodeConfig.from(System.getenv());
            if (List.of(args).equals(List.of("--check-settings"))) {
                return;
            }
            run(config);
        } catch (ConfigException e) {
            e.mistakes().forEach(Application::complain);
            System.exit(EXIT_CONFIG);
        } catch (StartException e) {
            LOG.debug("start failed", e);
            complain(String.valueOf(e.getMessage()));
            writeOutTheLog();
            System.exit(EXIT_UNAVAILABLE);
        }
    }

    private static void run(NodeConfig config) throws StartException {
        setLogLevel(config.logLevel());
        Node node = Node.start(config);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(node), "drain"));
        LOG.atInfo()
                .addKeyValue("version", NodeStatus.version())
                .addKeyValue("edge", config.edge().listen().toString())
                .addKeyValue("api", config.api().listen().toString())
                .addKeyValue("admin", config.adminListen().toString())
                .addKeyValue("startMillis", ManagementFactory.getRuntimeMXBean().getUptime())
                .log("started");
    }

    /** A drained node has done its duty: the status is 0, not the 143 of a process that a signal ended. */
    private static void stop(Node node) {
        node.drain();
        writeOutTheLog();
        Runtime.getRuntime().halt(0);
    }

    /** Lines are written by a thread of their own; it gets two seconds for what is left. */
    private static void writeOutTheLog() {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            context.stop();
        }
    }

    private static void setLogLevel(String level) {
        if (LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME) instanceof ch.qos.logback.classic.Logger root) {
            root.setLevel(Level.toLevel(level));
        }
    }

    private static void complain(String mistake) {
        System.err.println("mooring: " + mistake);
    }
}
