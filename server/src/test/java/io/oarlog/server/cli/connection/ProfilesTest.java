package io.oarlog.server.cli.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oarlog.server.cli.terminal.CommandFailedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProfilesTest {
    private static final Map<String, String> NO_ENVIRONMENT = Map.of();

    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void write() throws IOException {
        file = directory.resolve("profiles.properties");
        Files.writeString(file, "prod.bootstrap=p1:9092,p2:9092\ntest.bootstrap=t:9092\n");
    }

    @Test
    void shouldTakeWhatIsSaidMostClearly() {
        Map<String, String> both = Map.of("OARLOG_BOOTSTRAP", "e:9092", "OARLOG_PROFILE", "test");
        Map<String, String> named = Map.of("OARLOG_PROFILE", "test");
        Profiles profiles = Profiles.load(file);

        assertThat(profiles.servers("o:9092", null, both)).isEqualTo("o:9092");
        assertThat(profiles.servers(null, "prod", both)).isEqualTo("p1:9092,p2:9092");
        assertThat(profiles.servers(null, null, both)).isEqualTo("e:9092");
        assertThat(profiles.servers(null, null, named)).isEqualTo("t:9092");
        assertThat(profiles.servers(null, null, NO_ENVIRONMENT)).isEqualTo("127.0.0.1:9092");
    }

    @Test
    void shouldTakeTheProfileThatIsCalledDefault() throws IOException {
        Files.writeString(file, "default.bootstrap=d:9092\n");

        assertThat(Profiles.load(file).servers(null, null, NO_ENVIRONMENT)).isEqualTo("d:9092");
    }

    @Test
    void shouldSayWhichProfilesThereAre() {
        assertThatThrownBy(() -> Profiles.load(file).servers(null, "prd", NO_ENVIRONMENT))
                .isInstanceOf(CommandFailedException.class)
                .hasMessageContainingAll("'prd'", file.toString(), "only prod, test", "prd.bootstrap=");
    }

    @Test
    void shouldDoWithoutAFile() {
        Profiles none = Profiles.load(directory.resolve("none"));

        assertThat(none.servers(null, null, NO_ENVIRONMENT)).isEqualTo("127.0.0.1:9092");
        assertThatThrownBy(() -> none.servers(null, "prod", NO_ENVIRONMENT))
                .hasMessageContaining("there is no profile");
    }

    @Test
    void shouldSayThatItIsNoFileOfProperties() throws IOException {
        Files.writeString(file, "a=\\u00zz\n");

        assertThatThrownBy(() -> Profiles.load(file))
                .isInstanceOf(CommandFailedException.class)
                .hasMessageContaining(file.toString());
    }

    @Test
    void shouldLookWhereUsersKeepTheirSettings() {
        assertThat(Profiles.file(Map.of("XDG_CONFIG_HOME", "/x")))
                .isEqualTo(Path.of("/x", "oarlog", "profiles.properties"));
        assertThat(Profiles.file(Map.of("XDG_CONFIG_HOME", "/x", "OARLOG_PROFILES", "/y")))
                .isEqualTo(Path.of("/y"));
        assertThat(Profiles.file(NO_ENVIRONMENT))
                .isEqualTo(Path.of(System.getProperty("user.home"), ".config", "oarlog", "profiles.properties"));
    }
}
