package io.mooring.tenant;

import java.util.Optional;

/**
 * What happens to a call that nobody picks up, as far as one place says it; what is absent is said by the next place:
 * park group, granted policy, {@link #BUILT_IN}.
 *
 * @param recallTimeoutSeconds how long it waits before it is offered back, 30..1800 (Teams 120..1800, BroadWorks 30..600)
 * @param mode to whom
 * @param ringGroup id of the ring group of the modes that need one
 * @param ringSeconds how long a phone rings, 5..120
 * @param alternateWaitSeconds how long the parker may let it ring before the ring group is asked, 5..600
 * @param maxAttempts how often the parker is rung, 1..10
 * @param maxParkSeconds when a parked call ends at the latest, 60..86400
 * @param ringBusyParker whether a parker who talks is rung; else it is waited for as long as the call waits first, or passed over when a ring group
 *     follows
 * @param alertInfo {@code Alert-Info} of a recall, for a ring of its own; may be empty
 * @param fallbackExtension who is rung when the parker is not registered
 * @param reminderSeconds how long it waits before the parker's phone shows that it waits, 1..1800; 0: it does not
 */
public record RecallSettings(Optional<Integer> recallTimeoutSeconds, Optional<RecallMode> mode,
        Optional<String> ringGroup, Optional<Integer> ringSeconds, Optional<Integer> alternateWaitSeconds,
        Optional<Integer> maxAttempts, Optional<Integer> maxParkSeconds, Optional<Boolean> ringBusyParker,
        Optional<String> alertInfo, Optional<String> fallbackExtension,
        Optional<Integer> reminderSeconds) {

    /** Says nothing. */
    public static final RecallSettings NONE = new RecallSettings(Optional.empty(), Optional.empty(), Optional.empty(),
            Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(),
            Optional.empty(), Optional.empty());

    /** What nobody has said otherwise. Time-out of Teams; attempts of PortSIP. */
    public static final RecallSettings BUILT_IN = new RecallSettings(Optional.of(300), Optional.of(RecallMode.PARKER),
            Optional.empty(), Optional.of(30), Optional.of(30), Optional.of(3), Optional.of(7_200), Optional.of(false),
            Optional.of(""), Optional.empty(), Optional.of(0));

    /** @throws InvalidValueException with all that is out of its range */
    public RecallSettings {
        new Checks()
                .range("recallTimeoutSeconds", recallTimeoutSeconds, 30, 1_800)
                .idOrNone("ringGroup", ringGroup)
                .range("ringSeconds", ringSeconds, 5, 120)
                .range("alternateWaitSeconds", alternateWaitSeconds, 5, 600)
                .range("maxAttempts", maxAttempts, 1, 10)
                .range("maxParkSeconds", maxParkSeconds, 60, 86_400)
                .that(alertInfo.map(RecallSettings::isHeaderValue).orElse(true), "alertInfo",
                        "must be at most 100 printable ASCII characters")
                .extensionOrNone("fallbackExtension", fallbackExtension)
                .range("reminderSeconds", reminderSeconds, 0, 1_800)
                .done();
    }

    /** These settings, and what they leave open as another place says it. */
    public RecallSettings orElse(RecallSettings next) {
        return new RecallSettings(
                recallTimeoutSeconds.or(next::recallTimeoutSeconds),
                mode.or(next::mode),
                ringGroup.or(next::ringGroup),
                ringSeconds.or(next::ringSeconds),
                alternateWaitSeconds.or(next::alternateWaitSeconds),
                maxAttempts.or(next::maxAttempts),
                maxParkSeconds.or(next::maxParkSeconds),
                ringBusyParker.or(next::ringBusyParker),
                alertInfo.or(next::alertInfo),
                fallbackExtension.or(next::fallbackExtension),
                reminderSeconds.or(next::reminderSeconds));
    }

    private static boolean isHeaderValue(String value) {
        return value.length() <= 100 && value.chars().allMatch(c -> c >= ' ' && c <= '~');
    }
}
