// What the program of a small repository prints of what it renders beside Terraform.
import { readFileSync } from "node:fs";

process.stdout.write(readFileSync("world/beside.json", "utf8"));
