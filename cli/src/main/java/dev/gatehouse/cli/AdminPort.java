package dev.gatehouse.cli;

import io.vertx.core.json.DecodeException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.function.Function;

/** Asks the admin port of a running data plane or controller. */
final class AdminPort {

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int BAD_REQUEST = 400;

    private AdminPort() {}

    /**
     * What is answered there.
     *
     * @param parse makes of the answer what is expected
     * @throws SettingException if nobody answers, or something else; it says what to change
     */
    static <T> T json(URI uri, Function<String, T> parse) throws InterruptedException {
        String page = uri.getScheme() + "://" + uri.getAuthority() + uri.getPath();
        try (HttpClient client =
                HttpClient.newBuilder().connectTimeout(PATIENCE).build()) {
            HttpResponse<String> response = client.send(
                    HttpRequest.newBuilder(uri).timeout(PATIENCE).build(), HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() == BAD_REQUEST) {
                throw new SettingException(response.body().strip());
            }
            if (response.statusCode() != 200) {
                throw new SettingException(page + " answered " + response.statusCode()
                        + "; --admin must be an admin port of this version");
            }
            return parse.apply(response.body());
        } catch (IOException | IllegalArgumentException e) {
            throw new SettingException(page + " does not answer (" + e.getMessage()
                    + "); --admin must be the admin port of a running data plane");
        } catch (DecodeException | ClassCastException e) {
            throw new SettingException(page + " answered something else than what was asked for");
        }
    }
}
