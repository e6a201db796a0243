"use strict";
// ussd-menu-builder with a menu for each request (one that is shared mixes its callers up) and its session in Redis:
// one GET and one SET a turn. PORT, REDIS_URL and PROCESSES are given in the environment.

const cluster = require("node:cluster");
const express = require("express");
const Redis = require("ioredis");
const UssdMenu = require("ussd-menu-builder");

const SECONDS = 180;
const SCREEN = "Hello Akello\n1. Contribute\n2. Balance\n3. Loans\n4. My group\n5. Settings\n6. Help";

function menuFor(redis) {
  const menu = new UssdMenu();
  menu.sessionConfig({
    start: (id) => redis.get(`peer:${id}`),
    set: (id, key, value) => redis.set(`peer:${id}`, JSON.stringify({ [key]: value }), "EX", SECONDS),
    get: async (id, key) => JSON.parse(await redis.get(`peer:${id}`))?.[key],
    end: (id) => redis.del(`peer:${id}`),
  });
  menu.startState({
    run: async () => {
      await menu.session.set("step", "menu");
      menu.con(SCREEN);
    },
    next: { 1: "contribute" },
  });
  menu.state("contribute", {
    run: async () => {
      await menu.session.set("step", "contribute");
      menu.con("How much?");
    },
  });
  return menu;
}

function serve() {
  const redis = new Redis(process.env.REDIS_URL);
  const app = express();
  app.post("/peer", express.urlencoded({ extended: false }), (request, response) => {
    menuFor(redis).run(request.body, (screen) => response.type("text/plain").send(screen));
  });
  app.listen(Number(process.env.PORT), "127.0.0.1");
}

const processes = Number(process.env.PROCESSES ?? 1);
if (processes > 1 && cluster.isPrimary) {
  for (let number = 0; number < processes; number += 1) cluster.fork();
} else {
  serve();
}
