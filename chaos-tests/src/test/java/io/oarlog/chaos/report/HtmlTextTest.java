package io.oarlog.chaos.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HtmlTextTest {
    @Test
    void shouldLetNothingBecomeMarkup() {
        assertThat(HtmlText.escape("<a href=\"x\" b='y'>&amp;</a>"))
                .isEqualTo("&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;&lt;/a&gt;");
    }

    @Test
    void shouldShowWhatCannotBeSeen() {
        assertThat(HtmlText.escape("a\u0000b\u001b[31m\u202ec\ud800d\ufeff\u2028"))
                .isEqualTo("a\\u0000b\\u001b[31m\\u202ec\\ud800d\\ufeff\\u2028");
    }

    @Test
    void shouldLeaveTextsOfAllLanguagesAsTheyAre() {
        String text = "Größe\t\u4e2d\u6587 \ud83d\ude80\n\u05d0";

        assertThat(HtmlText.escape(text)).isEqualTo(text);
    }

    @Test
    void shouldLetNoDataEndItsScript() {
        assertThat(HtmlText.json("{\"text\":\"</script><!--&\u2028\"}"))
                .isEqualTo("{\"text\":\"\\u003c/script\\u003e\\u003c!--\\u0026\\u2028\"}");
    }
}
