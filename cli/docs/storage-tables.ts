import { formatBytes } from "../../config/schema/primitives.ts";
import type { Site } from "../../config/schema/site.ts";
import { classFor, type DataKind, dataKinds } from "../../constructs/kubernetes/data-kinds.ts";
import { growthSteps } from "../../constructs/kubernetes/growth.ts";
import { storageClasses } from "../../constructs/storage/csi/storage-classes.ts";
import { code, markdownTable } from "./markdown-table.ts";

/** Kinds of data that a claim may hold, and the class that each gets. */
export function dataKindTable(site: Site): string {
	return markdownTable(
		["Holds", "Such as", "Class", "Writers", "Because"],
		Object.entries(dataKinds).map(([kind, { examples, accessMode, because }]) => [
			code(kind),
			examples,
			code(classFor(site, kind as DataKind)),
			accessMode === "ReadWriteOnce" ? "one" : "many",
			because,
		]),
	);
}

/** The storage classes. */
export function classTable(site: Site): string {
	return markdownTable(
		["Class", "Provisioner", "Reclaim", "Binding", "Grows", "Parameters", "Mount options"],
		storageClasses(site).map((one) => [
			`${code(one.name)}${one.name === site.storage.defaultClass ? " (default)" : ""}`,
			code(one.provisioner),
			one.reclaim,
			one.binding,
			one.grows ? "by itself" : one.expandable ? "by hand" : "no",
			Object.entries(one.parameters)
				.map(([key, value]) => code(`${key}=${value}`))
				.join("<br>"),
			code(one.mountOptions.join(",")),
		]),
	);
}

/** The charts of the drivers, as they are pinned. */
export function chartTable({ storage: { charts } }: Site): string {
	return markdownTable(
		["Chart", "Version", "From"],
		Object.values(charts).map(({ chart, version, repository }) => [
			code(chart),
			version,
			code(repository ?? "this repository"),
		]),
	);
}

/** The sizes that the volumes of the stacks pass through as they fill. */
export function growthTable({ redis, storage }: Site): string {
	const volumes = { "Redis data node": redis.volume };
	return markdownTable(
		["Volume", "Sizes"],
		Object.entries(volumes).map(([name, { size, growTo }]) => [
			name,
			growthSteps(size, { ...storage.autoresize, growTo })
				.map(formatBytes)
				.join(", "),
		]),
	);
}
