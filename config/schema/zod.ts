import { z } from "zod";

// A site is parsed once: interpreting its schema takes less than half the time of compiling it first. Read when a schema
// is made, so every schema takes `z` from here.
z.config({ jitless: true });

export { z };
