import { workerdConfig } from "./test/support/workerd-config.ts";

export default workerdConfig(
  ["test/api/**/*.test.ts", "test/client/**/*.test.ts", "test/infrastructure/**/*.test.ts", "test/worker/**/*.test.ts"],
  ["test/api/fuzz*.test.ts"],
);
