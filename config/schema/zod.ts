import { z } from "zod";

// A site is parsed once, and interpreting its schema takes less than half the time of compiling it. The setting is read
// when a schema is made, so every schema imports `z` from here.
z.config({ jitless: true });

export { z };
