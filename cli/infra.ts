import { project } from "../engine/project.ts";
import { main } from "./program.ts";

await main(project);
