#!/usr/bin/env node
import { fileURLToPath } from "node:url";
import { runOnPinnedNode } from "./run-on-pinned-node.js";

// What the plain engine starts as Terraform: with a backend for a state that is kept encrypted.
await runOnPinnedNode(fileURLToPath(new URL("../state/terraform-program.ts", import.meta.url)));
