package kithward;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;

/** The pseudonym under which the state of a key is stored: the Java version of state/pseudonym.py, which gives the reason. */
final class Pseudonym {
    private static final int BYTES = 12;
    private static final int ID_BYTES = 16;
    private static final ThreadLocal<MessageDigest> DIGEST = ThreadLocal.withInitial(Pseudonym::digest);

    private Pseudonym() {}

    static String of(String key) {
        return Base64.getUrlEncoder().encodeToString(Arrays.copyOf(hash(key), BYTES));
    }

    /** Returns the id of `identify` in operators/ids.py. */
    static String identify(String name) {
        return HexFormat.of().formatHex(hash(name), 0, ID_BYTES);
    }

    private static byte[] hash(String text) {
        return DIGEST.get().digest(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Returns a new digest of SHA-256. */
    static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException everyRuntimeHasIt) {
            throw new IllegalStateException(everyRuntimeHasIt);
        }
    }
}
