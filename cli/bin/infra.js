#!/usr/bin/env node
import { fileURLToPath } from "node:url";
import { runOnPinnedNode } from "./run-on-pinned-node.js";

await runOnPinnedNode(fileURLToPath(new URL("../infra.ts", import.meta.url)));
