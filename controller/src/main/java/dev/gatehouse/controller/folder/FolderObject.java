package dev.gatehouse.controller.folder;

import dev.gatehouse.controller.model.ResourceModel;
import java.nio.file.Path;
import java.util.Map;

/**
 * An object that a file brought.
 *
 * @param model what is compiled
 * @param file path within the folder
 * @param lines where its fields stand
 * @param annotations of its metadata
 */
public record FolderObject(ResourceModel model, Path file, FieldLines lines, Map<String, String> annotations) {}
