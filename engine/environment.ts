import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** The provider cache that all runs share. */
export function pluginCache(env: NodeJS.ProcessEnv): string {
	return (
		env.TF_PLUGIN_CACHE_DIR ||
		join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "infra", "terraform-plugins")
	);
}

/**
 * Environment of every Terraform run: no prompts, no version check over the network, a shared provider cache, and less
 * garbage collection.
 */
export function terraformEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
	const cache = pluginCache(env);
	// Terraform requires the cache folder to exist.
	mkdirSync(cache, { recursive: true });
	return {
		...env,
		// Terraform and its providers live for seconds: with the default of 100 a fifth of the processor time of a plan
		// is garbage collection, to save some 70 MiB.
		GOGC: env.GOGC || "400",
		CHECKPOINT_DISABLE: "1",
		TF_IN_AUTOMATION: "1",
		TF_INPUT: "0",
		TF_PLUGIN_CACHE_DIR: cache,
		// Without it Terraform skips the cache until a lock file has the checksum of the provider, which the committed
		// one may lack. The lock in the output folder then lacks checksums of other platforms; the committed one keeps
		// them.
		TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE: "1",
	};
}
