import processes from "node:child_process";
import { syncBuiltinESMExports } from "node:module";

/** Unit tests start no program: they take seconds, everywhere. What needs one belongs to the project `cli` or `e2e`. */
for (const name of ["exec", "execFile", "execFileSync", "execSync", "fork", "spawn", "spawnSync"] as const)
	Object.assign(processes, {
		[name]: (program: string) => {
			throw new Error(`a unit test starts ${program}: it belongs into test/cli or test/e2e`);
		},
	});
syncBuiltinESMExports();
