import { jsonObject } from "../../clients/http/exchange.ts";
import { kubectl } from "../../clients/kubernetes/kubectl.ts";
import type { Site } from "../../config/schema/site.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import type { ApiObject } from "./release-manifest.ts";

/** Standard output of a `kubectl` that must succeed. @throws VisibleError */
export async function askCluster(site: Site, args: readonly string[], input?: string): Promise<string> {
	const { code, stdout, stderr } = await kubectl(site, args, input);
	if (code !== 0) throw new VisibleError(`kubectl ${args[0]}: ${stderr.trim()}`);
	return stdout;
}

/** The objects that `kubectl` has printed as JSON: one, a list of them, or nothing. @throws VisibleError */
export function itemsOf(text: string): ApiObject[] {
	if (text.trim() === "") return [];
	const answer = jsonObject(text) as unknown as ApiObject | undefined;
	if (answer === undefined) throw new VisibleError("kubectl answers with no object");
	return answer.kind === "List" ? (answer.items as ApiObject[]) : [answer];
}
