package io.mooring.calls;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.OtherEdge;
import io.mooring.lab.Stack;
import io.mooring.lab.TestPhone;
import java.util.Map;

/**
 * A stack, and an edge beside that of the stack.
 *
 * @param stack whose edge is the first one
 * @param other the second one
 */
record TwoEdges(Stack stack, OtherEdge other) implements AutoCloseable {

    /**
     * @param address of the second one
     * @param settings of both, {@link OtherEdge#peers} among them
     */
    static TwoEdges start(String address, Map<String, String> settings) {
        var stack = Stack.start(2, settings);
        try {
            return new TwoEdges(stack, new OtherEdge(stack, address, settings));
        } catch (RuntimeException e) {
            stack.close();
            throw e;
        }
    }

    /** A phone that is registered at the second one, and known at both. */
    TestPhone atOther(Scene scene, String extension) {
        var phone = scene.open(scene.extension(extension).edge(other.sip())).register();
        other.awaitKnown(scene.tenant(), extension);
        return phone;
    }

    /** The same at the first one. */
    TestPhone here(Scene scene, String extension) {
        var phone = scene.phone(extension);
        other.awaitKnown(scene.tenant(), extension);
        return phone;
    }

    /** The caller comes in by one edge, the parker is at the other, and a phone at the first retrieves; and the other way round. */
    void parkAndRetrieveOverBoth(Scene scene) {
        var talk = scene.talk(scene.carol(), atOther(scene, "101"));
        var parked = scene.park(talk, "*68");
        var retrieved = scene.retrieve(talk.caller(), parked, here(scene, "102"), "*88101");
        assertThat(retrieved.callerSide().hold().status()).isEqualTo(200);
        assertThat(parked.resume().status()).isEqualTo(200);
        scene.hangUp(parked, retrieved.callerSide());

        var dora = scene.open(scene.outside("dora").edge(other.sip()));
        var back = scene.talk(dora, here(scene, "103"));
        var parkedToo = scene.park(back, "*68");
        var retrievedToo = scene.retrieve(back.caller(), parkedToo, talk.callee(), "*88103");
        scene.hangUp(retrievedToo.callerSide(), parkedToo);
    }

    @Override
    public void close() {
        other.close();
        stack.close();
    }
}
