package io.mooring.store;

import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.impl.RequestImpl;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalInt;

/** The slot of a key in a Redis Cluster: CRC16 (XMODEM) of its hash tag, or else of all of it, modulo 16384. */
final class HashSlot {
    static final int COUNT = 16_384;

    private static final int POLYNOMIAL = 0x1021;

    private HashSlot() {}

    /** Of the first key of a command; empty when it has none. All keys of our commands are in one slot, or Redis refuses them. */
    static OptionalInt of(Request request) {
        var sent = (RequestImpl) request;
        // The driver knows no keys of subcommands.
        List<byte[]> keys = sent.command().equals(Command.XINFO)
                ? sent.getArgs().subList(1, 2)
                : sent.keys();
        return keys.isEmpty() ? OptionalInt.empty() : OptionalInt.of(of(keys.getFirst()));
    }

    static int of(String key) {
        return of(key.getBytes(StandardCharsets.UTF_8));
    }

    private static int of(byte[] key) {
        int open = indexOf(key, '{', 0);
        int close = open < 0 ? -1 : indexOf(key, '}', open + 1);
        return close > open + 1 ? crc16(key, open + 1, close) % COUNT : crc16(key, 0, key.length) % COUNT;
    }

    private static int indexOf(byte[] key, char wanted, int from) {
        for (int i = from; i < key.length; i++) {
            if (key[i] == wanted) {
                return i;
            }
        }
        return -1;
    }

    private static int crc16(byte[] text, int from, int to) {
        int crc = 0;
        for (int i = from; i < to; i++) {
            crc ^= (text[i] & 0xff) << 8;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 0x8000) == 0 ? crc << 1 : (crc << 1) ^ POLYNOMIAL;
            }
            crc &= 0xffff;
        }
        return crc;
    }

    /** A hash tag of a slot: so much of it that all that is in it has the same slot. */
    static String tag(int slot) {
        return Tags.BY_SLOT[slot];
    }

    /** Made when first needed. */
    private static final class Tags {
        private static final String[] BY_SLOT = make();

        private static String[] make() {
            var tags = new String[COUNT];
            int missing = COUNT;
            for (int number = 0; missing > 0; number++) {
                String tag = Integer.toString(number, Character.MAX_RADIX);
                int slot = of(tag);
                if (tags[slot] == null) {
                    tags[slot] = tag;
                    missing--;
                }
            }
            return tags;
        }
    }
}
