import type { Site } from "../../config/schema/site.ts";
import { markdownTable } from "./markdown-table.ts";

/** Programs that the setup script installs. */
export function toolTable({ newcomer }: Pick<Site, "newcomer">): string {
	return markdownTable(
		["Command", "Version", "From", "For"],
		Object.entries(newcomer.tools).map(([name, { version, url, sha256 }]) => [
			`\`${name}\``,
			version,
			new URL(url).host,
			Object.keys(sha256).join(", "),
		]),
	);
}
