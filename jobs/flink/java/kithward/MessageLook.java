package kithward;

import java.nio.ByteBuffer;

/** Tells messages that no step needs, by the tables of the policies in force. Not thread-safe. */
final class MessageLook {
    private static final int ALL_GROUPS = 1;
    private static final int ALL_PAIRS = 2;
    private static final int APPROACHES = 4;

    private final int flags;
    private final MessageFields fields;
    private final TextLook text;
    private final ApproachTable approaches;

    MessageLook(ByteBuffer packed) {
        flags = packed.get();
        byte[] header = PackedBytes.readSized(packed);
        fields = new MessageFields(header, packed.getInt(), packed.getInt(), packed.getLong());
        text = new TextLook(packed);
        approaches = (flags & APPROACHES) != 0 ? new ApproachTable() : null;
    }

    /**
     * Returns whether no step needs the message from an offset on: it is plainly valid, of a time from `fromMs` to `untilMs`,
     * neither its kind nor its text may matter, and that one account wrote to the other has been told.
     */
    boolean isSuperfluous(byte[] packed, int from, long fromMs, long untilMs) {
        if (!fields.read(packed, from, packed.length) || fields.atMs < fromMs || fields.atMs > untilMs) {
            return false;
        }
        boolean isToGroup = fields.isToGroup();
        if ((flags & (isToGroup ? ALL_GROUPS : ALL_PAIRS)) != 0 || text.mayMatter(packed, fields.textFrom, fields.textTo)) {
            return false;
        }
        return isToGroup || approaches == null || !approaches.passes(fields, packed);
    }
}
