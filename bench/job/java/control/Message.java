package control;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** What the control reads of a {@code MessageSent}. Who wrote into a group has that as the recipient. */
public record Message(String sender, String recipient, String text) {
    private static final int HEADER = 10; // bytes of Avro's single-object encoding before the body

    /** Returns the message of a Kafka record's value. Its fields stand in the order of the schema. */
    public static Message decode(byte[] value) {
        ByteBuffer body = ByteBuffer.wrap(value, HEADER, value.length - HEADER);
        string(body); // event_id
        number(body); // at_ms
        String sender = string(body);
        String person = optional(body);
        String group = optional(body);
        return new Message(sender, person == null ? group : person, string(body));
    }

    private static String optional(ByteBuffer body) {
        return number(body) == 0 ? null : string(body);
    }

    private static String string(ByteBuffer body) {
        int size = (int) number(body);
        String found = new String(body.array(), body.position(), size, StandardCharsets.UTF_8);
        body.position(body.position() + size);
        return found;
    }

    /** Avro's long: seven bits a byte, the lowest first; then zigzag. */
    private static long number(ByteBuffer body) {
        long raw = 0;
        for (int shift = 0; ; shift += 7) {
            byte next = body.get();
            raw |= (next & 0x7FL) << shift;
            if (next >= 0) {
                return raw >>> 1 ^ -(raw & 1);
            }
        }
    }
}
