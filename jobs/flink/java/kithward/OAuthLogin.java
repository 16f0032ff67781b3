package kithward;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.UnsupportedCallbackException;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.flink.kafka.shaded.org.apache.kafka.common.security.auth.AuthenticateCallbackHandler;
import org.apache.flink.kafka.shaded.org.apache.kafka.common.security.auth.SaslExtensions;
import org.apache.flink.kafka.shaded.org.apache.kafka.common.security.auth.SaslExtensionsCallback;
import org.apache.flink.kafka.shaded.org.apache.kafka.common.security.oauthbearer.OAuthBearerToken;
import org.apache.flink.kafka.shaded.org.apache.kafka.common.security.oauthbearer.OAuthBearerTokenCallback;

/**
 * Logs Kafka's clients in with OAuth, by the grant of client credentials, as jobs/kafka/oauth_token.py does. Kafka's own
 * handler needs libraries that Flink's connector lacks.
 */
public final class OAuthLogin implements AuthenticateCallbackHandler {
    private static final String ENDPOINT = "sasl.oauthbearer.token.endpoint.url";
    private static final Duration REPLY = Duration.ofSeconds(10);
    private static final long LIFETIME_S = 300; // of a token that does not state one
    // A token has no character that JSON has to escape (RFC 6750, section 2.1), so no JSON library is needed. It may escape /.
    private static final Pattern TOKEN =
            Pattern.compile("\"access_token\"\\s*:\\s*\"((?:[A-Za-z0-9._~+/=-]|\\\\/)+)\"");
    private static final Pattern LIFETIME = Pattern.compile("\"expires_in\"\\s*:\\s*\"?(\\d{1,9})");

    private String endpoint;
    private Map<String, ?> login;

    @Override
    public void configure(Map<String, ?> settings, String mechanism, List<AppConfigurationEntry> modules) {
        endpoint = settings.get(ENDPOINT).toString();
        login = modules.get(0).getOptions();
    }

    @Override
    public void handle(Callback[] callbacks) throws IOException, UnsupportedCallbackException {
        for (Callback callback : callbacks) {
            if (callback instanceof OAuthBearerTokenCallback wanted) {
                wanted.token(fetch());
            } else if (callback instanceof SaslExtensionsCallback wanted) {
                wanted.extensions(SaslExtensions.empty());
            } else {
                throw new UnsupportedCallbackException(callback);
            }
        }
    }

    @Override
    public void close() {}

    private OAuthBearerToken fetch() throws IOException {
        String scope = login.containsKey("scope") ? "&scope=" + URLEncoder.encode(option("scope"), StandardCharsets.UTF_8) : "";
        byte[] client = (option("clientId") + ":" + option("clientSecret")).getBytes(StandardCharsets.UTF_8);
        HttpRequest request = HttpRequest.newBuilder(URI.create(endpoint))
                .timeout(REPLY)
                .header("Authorization", "Basic " + Base64.getEncoder().encodeToString(client))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString("grant_type=client_credentials" + scope))
                .build();
        try {
            long nowMs = System.currentTimeMillis();
            HttpResponse<String> reply = HttpClient.newBuilder().connectTimeout(REPLY).build()
                    .send(request, HttpResponse.BodyHandlers.ofString());
            if (reply.statusCode() != 200) {
                throw new IOException("the token endpoint " + endpoint + " answers " + reply.statusCode());
            }
            Matcher token = TOKEN.matcher(reply.body());
            Matcher lifetime = LIFETIME.matcher(reply.body());
            if (!token.find()) {
                throw new IOException("the token endpoint " + endpoint + " gives no token");
            }
            long endMs = nowMs + 1_000 * (lifetime.find() ? Long.parseLong(lifetime.group(1)) : LIFETIME_S);
            return new Token(token.group(1).replace("\\/", "/"), nowMs, endMs, option("clientId"));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("the login was interrupted", interrupted);
        }
    }

    private String option(String name) {
        return String.valueOf(login.get(name));
    }

    private static final class Token implements OAuthBearerToken {
        private final String value;
        private final long startMs;
        private final long endMs;
        private final String principal;

        Token(String value, long startMs, long endMs, String principal) {
            this.value = value;
            this.startMs = startMs;
            this.endMs = endMs;
            this.principal = principal;
        }

        @Override
        public String value() {
            return value;
        }

        @Override
        public Set<String> scope() {
            return Set.of();
        }

        @Override
        public long lifetimeMs() {
            return endMs;
        }

        @Override
        public String principalName() {
            return principal;
        }

        @Override
        public Long startTimeMs() {
            return startMs;
        }
    }
}
