package dev.gatehouse.controller.folder;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.ModelParser;
import dev.gatehouse.controller.model.NearestName;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.ResourceModel;
import dev.gatehouse.controller.model.SecretModel;
import dev.gatehouse.controller.model.Severity;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * Reads one file of manifests. It is taken as a whole or not at all: what the API server would refuse, and what a model's
 * parser finds to be an error of the object itself, breaks the file.
 */
final class ManifestReader {

    private static final String DEFAULT_NAMESPACE = "default";

    private final ObjectMapper mapper = new ObjectMapper();
    private final StrictReader strict = new StrictReader(mapper);

    /**
     * What a file says.
     *
     * @param objects in the order of the file
     * @param warnings about what is left out
     */
    record Manifests(List<FolderObject> objects, List<FolderProblem> warnings) {}

    Manifests read(Path file, String text) throws BrokenFileException {
        List<FolderObject> objects = new ArrayList<>();
        List<FolderProblem> warnings = new ArrayList<>();
        for (Node document : YamlDocuments.read(text)) {
            document(file, document, objects, warnings);
        }
        Map<ObjectKey, Integer> seen = new HashMap<>();
        for (FolderObject object : objects) {
            Integer first =
                    seen.putIfAbsent(object.model().key(), object.lines().first());
            if (first != null) {
                throw new BrokenFileException(
                        object.lines().first(),
                        object.model().key() + " is there twice; the first is in line " + first
                                + ". Remove one of them");
            }
        }
        return new Manifests(List.copyOf(objects), List.copyOf(warnings));
    }

    private void document(Path file, Node node, List<FolderObject> objects, List<FolderProblem> warnings)
            throws BrokenFileException {
        if (node.getTag().equals(Tag.NULL)) {
            return;
        }
        if (!(node instanceof MappingNode mapping)) {
            throw new BrokenFileException(
                    StrictReader.line(node), "is no manifest: write apiVersion, kind and metadata");
        }
        String kind = text(mapping, "kind")
                .orElseThrow(() -> new BrokenFileException(
                        StrictReader.line(node),
                        "is no manifest: it has no kind; write apiVersion, kind and metadata"));
        if (kind.equals("List")
                || (kind.endsWith("List")
                        && KnownKinds.find(kind.substring(0, kind.length() - 4)).isPresent())) {
            items(file, mapping, objects, warnings);
            return;
        }
        Optional<KnownKinds.Known> known = KnownKinds.find(kind);
        if (known.isEmpty()) {
            String hint = NearestName.to(kind, KnownKinds.names())
                    .map(nearest -> "; did you mean " + nearest + "?")
                    .orElse("");
            warnings.add(new FolderProblem(
                    Severity.WARNING,
                    file,
                    StrictReader.line(node),
                    "the kind " + kind + " means nothing to Gatehouse and is left out" + hint));
            return;
        }
        objects.add(object(file, mapping, kind, known.get()));
    }

    private void items(Path file, MappingNode list, List<FolderObject> objects, List<FolderProblem> warnings)
            throws BrokenFileException {
        for (NodeTuple tuple : list.getValue()) {
            if (tuple.getKeyNode() instanceof ScalarNode key
                    && key.getValue().equals("items")
                    && tuple.getValueNode() instanceof SequenceNode items) {
                for (Node item : items.getValue()) {
                    document(file, item, objects, warnings);
                }
            }
        }
    }

    private FolderObject object(Path file, MappingNode node, String kind, KnownKinds.Known known)
            throws BrokenFileException {
        String apiVersion = text(node, "apiVersion").orElse("");
        if (!apiVersion.equals(known.apiVersion())) {
            throw new BrokenFileException(
                    StrictReader.line(node),
                    "apiVersion is '" + apiVersion + "', but " + kind + " is read as " + known.apiVersion()
                            + "; write that");
        }
        StrictReader.Read read = strict.read(node, known.type());
        HasMetadata object;
        try {
            object = mapper.treeToValue(read.json(), known.type());
        } catch (JsonProcessingException e) {
            String field = field(e);
            throw new BrokenFileException(
                    read.lines().of(field),
                    (field.isEmpty() ? "" : field + " ") + "cannot be read as " + kind + " has it: "
                            + e.getOriginalMessage());
        }
        ObjectMeta meta = object.getMetadata();
        if (meta == null || meta.getName() == null || meta.getName().isEmpty()) {
            throw new BrokenFileException(read.lines().first(), "metadata.name is missing; every object has a name");
        }
        if (known.clusterScoped()) {
            meta.setNamespace(null);
        } else if (meta.getNamespace() == null || meta.getNamespace().isEmpty()) {
            meta.setNamespace(DEFAULT_NAMESPACE);
        }
        ResourceModel model = ModelParser.parse(object);
        refuse(model, read.lines());
        Map<String, String> annotations = meta.getAnnotations() == null ? Map.of() : Map.copyOf(meta.getAnnotations());
        return new FolderObject(model, file, read.lines(), annotations);
    }

    private static String field(JsonProcessingException failure) {
        StringBuilder path = new StringBuilder();
        if (failure instanceof JsonMappingException mapping) {
            for (JsonMappingException.Reference step : mapping.getPath()) {
                if (step.getFieldName() == null) {
                    path.append('[').append(step.getIndex()).append(']');
                } else {
                    path.append(path.isEmpty() ? "" : ".").append(step.getFieldName());
                }
            }
        }
        return path.toString();
    }

    private static void refuse(ResourceModel model, FieldLines lines) throws BrokenFileException {
        for (Finding finding : model.findings()) {
            if (finding.severity() == Severity.ERROR) {
                throw new BrokenFileException(
                        lines.of(finding.field()), model.key() + ": " + finding.field() + " " + finding.message());
            }
        }
        if (model instanceof SecretModel secret
                && secret.isTls()
                && secret.material() instanceof SecretModel.Unusable(String message)) {
            throw new BrokenFileException(lines.first(), model.key() + " " + message);
        }
    }

    private static Optional<String> text(MappingNode node, String name) {
        for (NodeTuple tuple : node.getValue()) {
            if (tuple.getKeyNode() instanceof ScalarNode key
                    && key.getValue().equals(name)
                    && tuple.getValueNode() instanceof ScalarNode value
                    && value.getTag().equals(Tag.STR)) {
                return Optional.of(value.getValue());
            }
        }
        return Optional.empty();
    }
}
