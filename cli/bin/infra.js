#!/usr/bin/env node
import { fileURLToPath } from "node:url";
import { bundledOr } from "./bundle.js";
import { runOnPinnedNode } from "./run-on-pinned-node.js";

await runOnPinnedNode(bundledOr(fileURLToPath(new URL("../infra.ts", import.meta.url))));
