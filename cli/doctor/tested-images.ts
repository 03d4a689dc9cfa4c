import { mailDefaults, webmailDefaults } from "../../config/sites/mail-defaults.ts";

/** Images whose containers are started, or whose scripts are read, by end-to-end tests. */
export const testedImages = [mailDefaults.image, webmailDefaults.image] as const;
