package io.mooring.tenant;

import java.util.Objects;

/**
 * How much of the service a tenant may take, so that it starves no other. Set by the operator.
 *
 * @param parkedCalls calls parked at once
 * @param requestsPerSecond API requests a second of its own users and tokens, at all nodes together
 * @param extensions extensions
 * @param subscriptions SIP subscriptions and event streams at once
 * @param soundMegabytes music and prompts, millions of bytes
 * @param sipRequestsPerSecond SIP requests a second that an edge hands to nodes, but for those that end something; 0, which is also
 *     what was stored before there was this quota, stands for the default
 * @param webhooks webhooks
 */
public record Quotas(int parkedCalls, int requestsPerSecond, int extensions, int subscriptions,
        Integer soundMegabytes, int sipRequestsPerSecond, Integer webhooks) {

    private static final int SOUND_MEGABYTES = 10;
    private static final int SIP_REQUESTS_PER_SECOND = 100;
    private static final int WEBHOOKS = 10;

    /** The quotas of a tenant that was given none. */
    public static final Quotas DEFAULT = new Quotas(1_000, 50, 10_000, 20_000, SOUND_MEGABYTES,
            SIP_REQUESTS_PER_SECOND, WEBHOOKS);

    /** @throws InvalidValueException when a quota is out of its range */
    public Quotas {
        // A value of an earlier version has none.
        webhooks = Objects.requireNonNullElse(webhooks, WEBHOOKS);
        soundMegabytes = Objects.requireNonNullElse(soundMegabytes, SOUND_MEGABYTES);
        if (sipRequestsPerSecond == 0) {
            sipRequestsPerSecond = SIP_REQUESTS_PER_SECOND;
        }
        new Checks()
                .range("parkedCalls", parkedCalls, 0, 1_000_000)
                .range("requestsPerSecond", requestsPerSecond, 1, 100_000)
                .range("extensions", extensions, 0, 1_000_000)
                .range("subscriptions", subscriptions, 0, 10_000_000)
                .range("soundMegabytes", soundMegabytes, 0, 1_000)
                .range("sipRequestsPerSecond", sipRequestsPerSecond, 1, 100_000)
                .range("webhooks", webhooks, 0, 1_000)
                .done();
    }
}
