package dev.gatehouse.controller.boot;

import dev.gatehouse.controller.compile.Outcome;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.ResourceModel;
import io.fabric8.kubernetes.api.model.HasMetadata;

/** Is told what went through the pipeline, on its thread: must not block. */
interface PipelineListener {

    /** An object was parsed. */
    void seen(HasMetadata object, ResourceModel model);

    /** An object is gone. */
    void gone(ObjectKey key);

    /**
     * A batch was compiled, and what came of it is published.
     *
     * @param changes how many objects the batch had
     * @param nanos from the first of them being seen to the publication
     */
    void compiled(Outcome outcome, int changes, long nanos);
}
