import { expect, test } from "vitest";
import { AppTemplateStack } from "../../../stacks/_template/app-template-stack.ts";
import { builtWith } from "./built-with.ts";

test("the app is in its owner's namespace, and breaks no rule there", async () => {
	const { objects, findings } = await builtWith("vault", AppTemplateStack);
	expect(findings).toEqual([]);
	expect(objects).toEqual([
		"kubernetes_deployment_v1 alice/shop",
		"kubernetes_ingress_v1 alice/shop",
		"kubernetes_service_v1 alice/shop",
	]);
});
