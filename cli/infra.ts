import { main } from "./program.ts";
import { project } from "./project.ts";

await main(project);
