import { workerdConfig } from "./test/support/workerd-config.ts";

export default workerdConfig(["test/model/**/*.test.ts"]);
