import { homedir } from "node:os";
import { join } from "node:path";

/** Cache folder of programs without a Debian package. */
export const programCache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "infra/bin");
