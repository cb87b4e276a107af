package io.mooring.sound;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.audio.Wav;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SoundFilesTest {

    private static final byte[] WAV = TelephoneAudio.of(List.of(Wav.tone(500, 1_000)), 0);
    private static final Instant NOW = Instant.parse("2026-01-10T12:00:00Z");

    @TempDir
    Path directory;

    private SoundFiles files(long mostBytes) {
        return new SoundFiles(directory.resolve("sounds"), mostBytes, Clock.fixed(NOW, ZoneOffset.UTC));
    }

    private Path write(SoundFiles files, String name, Duration unused) throws IOException {
        Path path = files.write(name, WAV);
        Files.setLastModifiedTime(path, FileTime.from(NOW.minus(unused)));
        return path;
    }

    @Test
    void aFileIsThereWholeOrNotAtAll() throws IOException {
        SoundFiles files = files(1_000_000);
        assertThat(files.find("a")).isEmpty();
        Path path = files.write("a", WAV);
        assertThat(files.find("a")).contains(path);
        assertThat(path).hasBinaryContent(WAV);
        Files.write(path, new byte[WAV.length]);
        assertThat(files.find("a")).isEmpty();
        Files.write(path, List.of("short"));
        assertThat(files.find("a")).isEmpty();
        files.write("a", WAV);
        assertThat(files.find("a")).contains(path);
        try (var all = Files.list(path.getParent())) {
            assertThat(all).containsExactly(path);
        }
    }

    @Test
    void whatNobodyHasUsedForTwoDaysIsDeleted() throws IOException {
        SoundFiles files = files(1_000_000);
        Path old = write(files, "old", Duration.ofHours(49));
        Path used = write(files, "used", Duration.ofHours(49));
        assertThat(files.find("used")).contains(used);
        Path young = write(files, "young", Duration.ofHours(47));
        files.write("new", WAV);
        assertThat(old).doesNotExist();
        assertThat(used).exists();
        assertThat(young).exists();
    }

    @Test
    void whatWasUsedLongestAgoGoesWhenThereIsTooMuch() throws IOException {
        SoundFiles files = files(3L * WAV.length);
        Path first = write(files, "first", Duration.ofHours(5));
        Path second = write(files, "second", Duration.ofHours(9));
        Path third = write(files, "third", Duration.ofHours(7));
        Path last = files.write("last", WAV);
        assertThat(second).doesNotExist();
        assertThat(List.of(first, third, last)).allSatisfy(file -> assertThat(file).exists());
        files.delete();
        assertThat(last.getParent()).doesNotExist();
    }
}
