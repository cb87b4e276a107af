package io.mooring.sound;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A directory of WAV files, named by what they were made of: a name means the same audio for ever, and at every node that shares the
 * directory. A file is there whole or not at all. What nobody has used for two days is deleted, or earlier when there is too much.
 */
final class SoundFiles {
    private static final Logger LOG = LoggerFactory.getLogger(SoundFiles.class);
    /** Longer than any call waits. */
    private static final Duration UNUSED = Duration.ofDays(2);
    /** A use is noted when the last note is older. */
    private static final Duration NOTED = Duration.ofHours(1);
    private static final String SUFFIX = ".wav";
    private static final int SIZE_AT = 4;
    private static final int SIZE_END = 8;

    private final Path directory;
    private final long mostBytes;
    private final Clock clock;

    /**
     * @param directory is made when it is not there
     * @param mostBytes that the files may have together
     */
    SoundFiles(Path directory, long mostBytes, Clock clock) {
        this.directory = directory;
        this.mostBytes = mostBytes;
        this.clock = clock;
    }

    private Path path(String name) {
        return directory.resolve(name + SUFFIX);
    }

    /** A file, when it is there and as long as it says itself. */
    Optional<Path> find(String name) {
        Path path = path(name);
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
            var header = ByteBuffer.allocate(SIZE_END).order(ByteOrder.LITTLE_ENDIAN);
            if (file.read(header, 0) < SIZE_END
                    || Integer.toUnsignedLong(header.getInt(SIZE_AT)) + SIZE_END != file.size()) {
                return Optional.empty();
            }
        } catch (IOException e) {
            return Optional.empty();
        }
        noteUse(path);
        return Optional.of(path);
    }

    private void noteUse(Path path) {
        Instant now = clock.instant();
        try {
            if (Files.getLastModifiedTime(path).toInstant().plus(NOTED).isBefore(now)) {
                Files.setLastModifiedTime(path, FileTime.from(now));
            }
        } catch (IOException e) {
            // Another user's file, of a node that shares the directory and notes the use itself.
        }
    }

    /** Writes a file. Two who write the same one do no harm: either is whole. */
    Path write(String name, byte[] wav) throws IOException {
        Files.createDirectories(directory);
        Path path = path(name);
        Path draft = directory.resolve(name + "." + UUID.randomUUID());
        try {
            Files.write(draft, wav);
            Files.move(draft, path, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(draft);
        }
        sweep(path);
        return path;
    }

    /** Deletes the directory with all that is in it. */
    void delete() {
        try (Stream<Path> paths = Files.exists(directory) ? Files.list(directory) : Stream.empty()) {
            for (Path path : paths.toList()) {
                Files.deleteIfExists(path);
            }
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            LOG.warn("The directory of sounds was not deleted: {}", e.toString());
        }
    }

    private record Used(Path path, Instant at, long bytes) {}

    private void sweep(Path spared) throws IOException {
        Instant limit = clock.instant().minus(UNUSED);
        var files = new ArrayList<Used>();
        try (Stream<Path> paths = Files.list(directory)) {
            for (Path path : paths.filter(it -> !it.equals(spared)).toList()) {
                used(path).ifPresent(files::add);
            }
        }
        files.sort(Comparator.comparing(Used::at));
        long bytes = Files.size(spared) + files.stream().mapToLong(Used::bytes).sum();
        for (Used file : List.copyOf(files)) {
            if (file.at.isBefore(limit) || bytes > mostBytes) {
                Files.deleteIfExists(file.path);
                bytes -= file.bytes;
            }
        }
    }

    /** Empty for what is gone, or is none of ours. */
    private static Optional<Used> used(Path path) {
        try {
            return Files.isRegularFile(path)
                    ? Optional.of(new Used(path, Files.getLastModifiedTime(path).toInstant(), Files.size(path)))
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
