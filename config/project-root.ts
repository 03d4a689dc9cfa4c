import { join } from "node:path";

/** Folder of this checkout, which paths of a site and of the project's own files are relative to. */
export const projectRoot = join(import.meta.dirname, "..");
