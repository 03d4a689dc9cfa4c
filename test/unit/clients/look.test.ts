import { describe, expect, test } from "vitest";
import { isGuarded, judge } from "../../../clients/ingress/look.ts";

const host = "mail.example.org";

describe("an answer to somebody who has not logged in", () => {
	test.each([
		["the app", 200, undefined, "<html>", "open"],
		["no content of the app", 204, undefined, "", "open"],
		["the app's own login page", 302, "/login", "", "open"],
		["the app's own login page by its whole address", 302, `https://${host}/login`, "", "open"],
		["the app's other scheme", 301, `http://${host}/`, "", "open"],
		["a redirect to nowhere", 302, undefined, "", "open"],
		["the app's own 404", 404, undefined, "<h1>Not found</h1>", "open"],
		["a bad request of the app", 400, undefined, "", "open"],
		["another host", 302, "https://login.example.org/?rd=x", "", "login"],
		["another host without a scheme", 302, "//login.example.org/", "", "login"],
		["the outpost on the same host", 302, "/outpost.goauthentik.io/start?rd=x", "", "login"],
		["a question for credentials", 401, undefined, "", "login"],
		["a refusal", 403, undefined, "", "refused"],
		["the controller's own 404", 404, undefined, "404 page not found\n", "not served"],
		["an error of the login or of the app", 500, undefined, "", "unknown"],
		["a bad gateway", 502, undefined, "", "unknown"],
		["a limit", 429, undefined, "", "unknown"],
	] as const)("%s", (_, status, location, body, met) => {
		expect(judge(host, status, location, body)).toMatchObject({ met });
		expect(isGuarded({ met })).toBe(met === "login" || met === "refused");
	});
});
