#!/usr/bin/env node
import { fileURLToPath } from "node:url";
import { runOnPinnedNode } from "./run-on-pinned-node.js";

// Adding the hashes of other platforms to the lock file asks the registry, whatever plugin folder or mirror is
// configured, and fails without a network. The lock files are not kept, so nothing is lost without them.
const locking = ["deploy", "apply", "destroy", "diff", "plan"];
const args = process.argv.slice(2);
const [command = ""] = args.filter((argument) => !argument.startsWith("-"));
const skip = "--skip-provider-lock";
if (locking.includes(command) && !args.some((argument) => argument.startsWith(skip))) args.push(skip);

// The maintained engine calls its program `cdktn`; the name everybody types stays `cdktf`.
await runOnPinnedNode(fileURLToPath(import.meta.resolve("cdktn-cli/bin/cdktn")), {
	args,
	env: { CHECKPOINT_DISABLE: "1" },
});
