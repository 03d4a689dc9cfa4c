import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DeployedContainer } from "./deployed-stack.ts";

export interface ContainerProps {
	readonly deployed: DeployedContainer;
	/** Stands in for the container's root: mounts appear below it at their paths. */
	readonly root: string;
	/** Folders of this machine that stand in for volumes, by mount path. */
	readonly volumes?: Readonly<Record<string, string>>;
	/** Values of pod fields that the environment refers to, by path such as `metadata.name`. */
	readonly fields?: Readonly<Record<string, string>>;
	/** Variables that differ from what is deployed. */
	readonly env?: Readonly<Record<string, string>>;
}

/**
 * A container's files and environment on this machine: the same bytes, below another root.
 *
 * Paths in the command and the environment that lie in a mount are moved with it; nothing else is changed.
 */
export class Container {
	readonly env: Readonly<Record<string, string>>;
	readonly command: readonly string[];
	readonly preStop: readonly string[];

	constructor({ deployed, root, volumes = {}, fields = {}, env = {} }: ContainerProps) {
		const places = new Map<string, string>();
		for (const [path, files] of Object.entries(deployed.mounts)) {
			const place = volumes[path] ?? join(root, path);
			places.set(path, place);
			mkdirSync(place, { recursive: true });
			for (const [name, text] of Object.entries(files))
				writeFileSync(join(place, name), text, { mode: 0o755 });
		}
		const moved = (value: string) => {
			for (const [path, place] of places)
				if (value === path || value.startsWith(`${path}/`)) return place + value.slice(path.length);
			return value;
		};
		this.command = deployed.command.map(moved);
		this.preStop = deployed.preStop.map(moved);
		const values = Object.entries(deployed.env).map(([name, value]) => [name, fields[value] ?? moved(value)]);
		this.env = { PATH: process.env.PATH ?? "", ...Object.fromEntries(values), ...env };
	}
}
