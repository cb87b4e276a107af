package io.mooring;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts one Mooring node. */
public final class Application {

    private static final Logger LOG = LoggerFactory.getLogger(Application.class);

    private Application() {}

    public static void main(String[] args) {
        LOG.atInfo().addKeyValue("java", Runtime.version().toString()).log("Mooring has nothing to run yet");
    }
}
