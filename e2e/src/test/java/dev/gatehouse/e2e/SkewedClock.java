package dev.gatehouse.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.ProtectionDomain;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import org.jspecify.annotations.Nullable;

/**
 * Lets a process believe that it is later than it is: an agent that rewrites the two classes of the JDK which ask the system for the
 * date. The programs themselves have no option for that.
 */
public final class SkewedClock {

    private static final ClassDesc INSTANT = Instant.class.describeConstable().orElseThrow();

    private SkewedClock() {}

    /**
     * An option for {@code java}.
     *
     * @param folder for the agent's jar
     * @param skew how much later
     */
    static String option(Path folder, Duration skew) {
        Manifest manifest = new Manifest();
        Attributes main = manifest.getMainAttributes();
        main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        main.putValue("Premain-Class", SkewedClock.class.getName());
        main.putValue("Can-Retransform-Classes", "true");
        Path jar = folder.resolve("skewed-clock.jar");
        String entry = SkewedClock.class.getName().replace('.', '/');
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file, manifest)) {
            for (String name : Set.of(entry + ".class", entry + "$Later.class")) {
                out.putNextEntry(new ZipEntry(name));
                try (InputStream in = SkewedClock.class.getResourceAsStream("/" + name)) {
                    in.transferTo(out);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return "-javaagent:" + jar + "=" + skew.toMillis();
    }

    /** Called by the JVM before the program begins. */
    public static void premain(String skewMillis, Instrumentation instrumentation) throws UnmodifiableClassException {
        instrumentation.addTransformer(new Later(Long.parseLong(skewMillis)), true);
        instrumentation.retransformClasses(Clock.class, Date.class);
    }

    private record Later(long millis) implements ClassFileTransformer {

        @Override
        public byte @Nullable [] transform(
                @Nullable ClassLoader loader,
                String name,
                @Nullable Class<?> redefined,
                @Nullable ProtectionDomain domain,
                byte[] bytes) {
            CodeTransform code = switch (name) {
                case "java/time/Clock" -> laterInstant();
                case "java/util/Date" -> laterMillis();
                default -> null;
            };
            if (code == null) {
                return null;
            }
            ClassFile classes = ClassFile.of();
            return classes.transformClass(
                    classes.parse(bytes),
                    ClassTransform.transformingMethodBodies(
                            method -> name.equals("java/util/Date")
                                    || method.methodName().equalsString("currentInstant"),
                            code));
        }

        /** What {@code Clock.currentInstant} returns. */
        private CodeTransform laterInstant() {
            return (builder, element) -> {
                if (element instanceof ReturnInstruction) {
                    builder.loadConstant(millis);
                    builder.invokevirtual(
                            INSTANT, "plusMillis", MethodTypeDesc.of(INSTANT, ClassDesc.ofDescriptor("J")));
                }
                builder.with(element);
            };
        }

        /** What {@code System.currentTimeMillis} returns to {@code Date}. */
        private CodeTransform laterMillis() {
            return (builder, element) -> {
                builder.with(element);
                if (element instanceof InvokeInstruction call && call.name().equalsString("currentTimeMillis")) {
                    builder.loadConstant(millis);
                    builder.ladd();
                }
            };
        }
    }
}
