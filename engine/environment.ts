import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Environment of every Terraform run: no questions, no version check on the network, providers kept once. */
export function terraformEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
	const cache =
		env.TF_PLUGIN_CACHE_DIR ||
		join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "infra", "terraform-plugins");
	// Terraform refuses a cache folder that is not there.
	mkdirSync(cache, { recursive: true });
	return {
		...env,
		CHECKPOINT_DISABLE: "1",
		TF_IN_AUTOMATION: "1",
		TF_INPUT: "0",
		TF_PLUGIN_CACHE_DIR: cache,
		// Without it the cache is passed over until a lock file has the provider's checksum, which the committed one may not
		// have yet. What is given up are the checksums of other platforms in the output folder; the committed ones stay.
		TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE: "1",
	};
}
