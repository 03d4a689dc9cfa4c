#!/usr/bin/env node
import { fileURLToPath } from "node:url";
import { runOnPinnedNode } from "./run-on-pinned-node.js";

runOnPinnedNode(fileURLToPath(new URL("../infra.ts", import.meta.url)));
