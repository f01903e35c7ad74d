package dev.gatehouse.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RegexesTest {

    private static final List<String> ATOMS = List.of(
            "a", ".", "[a-c]", "\\d", "\\pL", "\\p{Greek}", "\\x{10FFFF}", "\\Qa(b\\E", "[^]x]", "[[:alpha:]]", "\\[");
    private static final List<String> REPETITIONS = List.of("", "", "*", "+?", "?", "{3}", "{0,4}", "{2,}", "{1,7}?");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(x{1000}){1000}",
                "(((a{30}){30}){30}){30}",
                "(?:(?:[a-z]{100,200}){100}){5}",
                "\\Q[\\E(x{1000}){1000}"
            })
    void anExpressionThatUnfoldsToMillionsOfStepsIsRefusedBeforeItDoes(String expression) {
        assertThatThrownBy(() -> Regexes.compile(expression))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("unfolds to")
                .hasMessageContaining("at most 10000");
    }

    @Test
    void anExpressionThatNestsTooDeepIsRefused() {
        String deep = "(".repeat(2000) + ")".repeat(2000);
        assertThatThrownBy(() -> Regexes.compile(deep)).hasMessageContaining("nests more than 100 groups");
    }

    @Test
    void anExpressionThatIsTooLongIsRefused() {
        assertThatThrownBy(() -> Regexes.compile("a".repeat(5000))).hasMessageContaining("at most 4096");
    }

    @ParameterizedTest
    @ValueSource(strings = {"(", "[a", "a**", "\\", "(?=a)", "a{2,1}", ")", "(?P<n"})
    void whatIsNotRe2SyntaxIsRefusedWithTheExpressionInTheMessage(String expression) {
        assertThatThrownBy(() -> Regexes.compile(expression))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + expression + "' is not RE2 syntax");
    }

    /** What is let through is bounded, as the estimate is never below what RE2 then makes of it. */
    @Property(tries = 2000)
    void theEstimateIsNeverBelowTheSizeOfTheProgram(@ForAll long seed) {
        String expression = expression(new Random(seed), 3);
        assertThat(Regexes.estimate(expression))
                .as("%s", expression)
                .isGreaterThanOrEqualTo(
                        com.google.re2j.Pattern.compile(expression).programSize());
    }

    @Test
    void expressionsThatPeopleWriteAreFarBelowTheLimit() {
        assertThat(Regexes.estimate("/api/v[0-9]+/(users|orders)/[0-9a-f-]{36}/.*"))
                .isCloseTo(90, within(60L));
    }

    private static String expression(Random random, int depth) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(4); i >= 0; i--) {
            boolean group = depth > 0 && random.nextInt(3) == 0;
            text.append(group ? "(" + expression(random, depth - 1) + ")" : ATOMS.get(random.nextInt(ATOMS.size())));
            text.append(REPETITIONS.get(random.nextInt(REPETITIONS.size())));
            if (random.nextInt(5) == 0) {
                text.append('|');
            }
        }
        return text.toString();
    }
}
