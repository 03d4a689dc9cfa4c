#!/usr/bin/env node
import { fileURLToPath } from "node:url";
import { runOnPinnedNode } from "./run-on-pinned-node.js";

// The maintained engine calls its program `cdktn`; the name everybody types stays `cdktf`.
runOnPinnedNode(fileURLToPath(import.meta.resolve("cdktn-cli/bin/cdktn")), { CHECKPOINT_DISABLE: "1" });
