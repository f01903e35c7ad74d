package dev.gatehouse.controller.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.ObjectKey;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class LiveNewsTest {

    private static final ObjectKey SHOP = new ObjectKey(Kind.INGRESS, "shop", "shop");
    private static final ObjectKey BLOG = new ObjectKey(Kind.INGRESS, "blog", "blog");

    private final LiveNews news = new LiveNews();

    @Test
    void theFirstChangeIsToldAtOnceAndTheLastOneOfManyInTheEnd() {
        assertThat(news.now(SHOP, at(0))).isTrue();
        assertThat(news.now(SHOP, at(1))).isFalse();
        assertThat(news.now(SHOP, at(9))).isFalse();

        assertThat(news.untilDue(at(9))).isEqualTo(at(1));
        assertThat(news.due(at(9))).isEmpty();
        assertThat(news.due(at(10))).contains(SHOP);
        assertThat(news.due(at(10))).isEmpty();
        assertThat(news.now(SHOP, at(10))).isTrue();
        assertThat(news.now(SHOP, at(11))).isFalse();
    }

    @Test
    void whoChangesSeldomNeverWaits() {
        assertThat(news.now(SHOP, at(0))).isTrue();
        assertThat(news.untilDue(at(0))).isEqualTo(Long.MAX_VALUE);
        assertThat(news.now(SHOP, at(10))).isTrue();
        assertThat(news.due(at(40))).isEmpty();
    }

    @Test
    void oneDoesNotWaitForAnother() {
        assertThat(news.now(SHOP, at(0))).isTrue();
        assertThat(news.now(BLOG, at(5))).isTrue();
        assertThat(news.now(BLOG, at(6))).isFalse();
        assertThat(news.now(SHOP, at(7))).isFalse();

        assertThat(news.due(at(10))).contains(SHOP);
        assertThat(news.due(at(14))).isEmpty();
        assertThat(news.due(at(15))).contains(BLOG);
    }

    private static long at(int seconds) {
        return Duration.ofSeconds(seconds).toNanos();
    }
}
