import { openProject } from "../engine/project.ts";
import { main } from "./program.ts";

// Turns off the stack trace that the engine takes for every token, as main.ts does. The engine is loaded later.
process.env.CDKTN_DISABLE_CREATION_STACK = "1";

await main(openProject);
