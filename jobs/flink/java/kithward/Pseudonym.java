package kithward;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;

/** The pseudonym under which the state of a key is stored: the Java version of state/pseudonym.py, which gives the reason. */
final class Pseudonym {
    private static final int BYTES = 12;
    private static final ThreadLocal<MessageDigest> DIGEST = ThreadLocal.withInitial(Pseudonym::digest);

    private Pseudonym() {}

    static String of(String key) {
        byte[] hash = DIGEST.get().digest(key.getBytes(StandardCharsets.UTF_8));
        return Base64.getUrlEncoder().encodeToString(Arrays.copyOf(hash, BYTES));
    }

    private static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException everyRuntimeHasIt) {
            throw new IllegalStateException(everyRuntimeHasIt);
        }
    }
}
