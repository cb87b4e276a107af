package io.mooring.dialog;

import io.mooring.call.Call;
import io.mooring.call.Leg;
import io.mooring.call.ParkRequest;
import io.mooring.call.Refusal;
import io.mooring.call.Role;
import io.mooring.store.PlaceOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a turn does with the place of the call, and who is told of that. */
public final class TurnPlace {
    private final Call call;
    private final List<ParkNotice> notices = new ArrayList<>();
    /** Whose edge tells phones that the call waits no more: the leg may be gone by then. */
    private final Optional<Leg> shownThrough;
    private PlaceOrder order = PlaceOrder.NONE;
    private Refusal noRoom = Refusal.PLACE_TAKEN;

    TurnPlace(Call call) {
        this.call = call;
        this.shownThrough = call.leg(Role.PARKED).or(() -> call.legs.values().stream().findFirst());
    }

    /** Keeps the place of the call. */
    public void keep() {
        order = PlaceOrder.hold(call.place);
    }

    /** Takes a place with the write of this turn; which one it is, the call knows only then. */
    public void take(ParkRequest request) {
        free();
        order = PlaceOrder.take(request.wish(), request.terms().callsPerPlace(), request.quota())
                .insteadOf(order.givesUp());
        call.parkings++;
        call.parker = request.parker();
        call.terms = request.terms();
        call.told = new ArrayList<>(request.told());
        noRoom = request.noRoom();
    }

    /** Gives the call's place up with the write of this turn. */
    public void free() {
        String held = call.place.isEmpty() ? order.givesUp() : call.place;
        order = held.isEmpty() ? PlaceOrder.NONE : PlaceOrder.free(held);
        untell(held);
        call.place = "";
        call.timers.remove(Call.REMINDER);
        call.timers.remove(Call.RECALL);
        call.timers.remove(Call.END);
        call.timers.remove(Call.FAREWELL);
        call.leaving = false;
    }

    /**
     * Tells phones of the tenant where the call is, once this turn is written.
     *
     * @param what has happened
     * @param extensions whose phones
     */
    public void tell(ParkNotice.What what, List<String> extensions) {
        call.leg(Role.PARKED).ifPresent(parked -> {
            notices.add(new ParkNotice(what, parked, List.copyOf(extensions), ""));
            extensions.stream().filter(it -> !call.shownTo.contains(it)).forEach(call.shownTo::add);
        });
    }

    /** Where it was shown, it is shown no more. */
    private void untell(String place) {
        if (!place.isEmpty() && !call.shownTo.isEmpty()) {
            shownThrough.or(() -> call.leg(Role.PARKED))
                    .ifPresent(leg -> notices
                            .add(new ParkNotice(ParkNotice.What.GONE, leg, List.copyOf(call.shownTo), place)));
            call.shownTo = new ArrayList<>();
        }
    }

    // --- what the one who runs the turn needs ----------------------------------------------------------------------

    public PlaceOrder order() {
        return order;
    }

    /** What is said when the place that this turn wants has no room. */
    public Refusal noRoom() {
        return noRoom;
    }

    /** Who is to be told of the park once this turn is written. */
    public List<ParkNotice> notices() {
        return notices;
    }
}
