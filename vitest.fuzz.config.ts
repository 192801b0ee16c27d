import { workerdConfig } from "./test/support/workerd-config.ts";

export default workerdConfig(["test/api/fuzz*.test.ts"]);
