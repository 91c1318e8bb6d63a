"""The measuring part of `scripts/bench queue`: pushes, starts workers, counts entries. See there."""

import argparse
import json
import os
import subprocess
import sys
import time

from redis_client import Redis

TICKS = os.sysconf("SC_CLK_TCK")


class Worker:
    """An `outlook-fleet worker` process and what the kernel says about it."""

    def __init__(self, options):
        command = [
            options.program, "worker", "--redis", "unix://" + options.socket, "--sealing-keys-file", options.keys,
            "--metrics-listen", "off", "--graph-url", "http://127.0.0.1:1/v1.0", "--login-url", "http://127.0.0.1:1",
            "--results-maxlen", "100000000", "--log-level", "warning",
        ]
        self.log = open(options.log, "ab")
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

    def cpu(self):
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self, name="VmRSS"):
        with open(f"/proc/{self.process.pid}/status") as file:
            for line in file:
                if line.startswith(name + ":"):
                    return int(line.split()[1]) / 1024
        return 0.0

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


class Counters:
    """Redis's counters at one moment."""

    def __init__(self, redis):
        cpu = redis.info("cpu")
        # The main thread alone where Redis tells it: background threads free memory on the other core.
        user = cpu.get("used_cpu_user_main_thread", cpu["used_cpu_user"])
        system = cpu.get("used_cpu_sys_main_thread", cpu["used_cpu_sys"])
        self.cpu = float(user) + float(system)
        self.commands = int(redis.info("stats")["total_commands_processed"])
        self.scripts, self.script_us = 0, 0
        for name, value in redis.info("commandstats").items():
            if name in ("cmdstat_eval", "cmdstat_evalsha"):
                fields = dict(part.split("=") for part in value.split(","))
                self.scripts += int(fields["calls"])
                self.script_us += int(fields["usec"])
        self.memory = int(redis.info("memory")["used_memory"])


def payload(number, tenants):
    return b'{"kind":"sync","tenant_id":"tenant-%d","resource_id":"resource-%d"}' % (number % tenants, number)


def push(redis, jobs, tenants):
    """One LPUSH per job, pipelined."""
    for start in range(0, jobs, 5000):
        redis.pipeline(
            ("LPUSH", "outlook:jobs", payload(number, tenants)) for number in range(start, min(start + 5000, jobs)))


def wait_for_entries(redis, count, deadline, workers):
    """Polls the stream's length, which costs Redis next to nothing; the first entry's and the last one's time."""
    first = None
    while True:
        length = redis.call("XLEN", "outlook:results")
        now = time.monotonic()
        if length and first is None:
            first = now
        if length >= count:
            return first, now
        if now > deadline:
            sys.exit(f"only {length} of {count} jobs have a result: see the worker's log")
        if any(worker.process.poll() is not None for worker in workers):
            sys.exit("a worker has ended: see its log")
        time.sleep(0.005)


def measure_throughput(redis, options):
    push(redis, options.jobs, options.tenants)
    waiting_memory = Counters(redis).memory
    before = Counters(redis)
    began = time.monotonic()
    workers = [Worker(options) for _ in range(options.workers)]
    try:
        first, last = wait_for_entries(redis, options.jobs, began + options.limit, workers)
        after = Counters(redis)
        cpu = sum(worker.cpu() for worker in workers)
        loaded = max(worker.memory("VmHWM") for worker in workers)
        check_entries(redis, options.jobs)
        idle = measure_idle(redis, workers, options)
        latency = measure_latency(redis, options)
    finally:
        for worker in workers:
            worker.stop()
    jobs, seconds = options.jobs, last - began
    return {
        "jobs": jobs, "workers": options.workers, "tenants": options.tenants, "seconds": round(seconds, 3),
        "jobs_per_second": round(jobs / seconds),
        "jobs_per_second_after_first_result": round(jobs / max(last - first, 1e-9)),
        "script_calls_per_job": round((after.scripts - before.scripts) / jobs, 4),
        "redis_commands_per_job": round((after.commands - before.commands) / jobs, 2),
        "redis_script_us_per_job": round((after.script_us - before.script_us) / jobs, 2),
        "redis_cpu_us_per_job": round((after.cpu - before.cpu) * 1e6 / jobs, 2),
        "worker_cpu_us_per_job": round(cpu * 1e6 / jobs, 2),
        "worker_loaded_mb": round(loaded, 1), "redis_bytes_per_waiting_job": round(waiting_memory / jobs),
        **idle, **latency,
    }


def check_entries(redis, jobs):
    """Exactly one entry per job, each `not_connected`: a queue that drops or doubles isn't fast, it is wrong."""
    length = redis.call("XLEN", "outlook:results")
    if length != jobs:
        sys.exit(f"{length} entries for {jobs} jobs")
    for _, fields in redis.call("XREVRANGE", "outlook:results", "+", "-", "COUNT", "100"):
        entry = dict(zip(fields[::2], fields[1::2]))
        if entry[b"type"] != b"sync.failed" or b"not_connected" not in entry[b"error"]:
            sys.exit(f"an unexpected entry: {entry}")


def measure_idle(redis, workers, options):
    """From a second after the load: what a worker costs that has nothing to do."""
    time.sleep(1)
    cpu, began = [worker.cpu() for worker in workers], time.monotonic()
    commands = count_commands(options.socket, options.idle)
    seconds = time.monotonic() - began
    used = max(worker.cpu() - before for worker, before in zip(workers, cpu))
    return {
        "idle_cpu_percent": round(used / seconds * 100, 2),
        "idle_redis_commands_per_second": round(commands / options.idle / len(workers), 1),
        "idle_worker_mb": round(max(worker.memory() for worker in workers), 1),
    }


def count_commands(path, seconds):
    """Commands that clients send. INFO's counters hold those too that scripts call, so MONITOR is asked."""
    monitor = Redis(path)
    monitor.call("MONITOR")
    end, count = time.monotonic() + seconds, 0
    while (left := end - time.monotonic()) > 0:
        monitor.socket.settimeout(left)
        try:
            count += b" lua] " not in monitor.reply()
        except TimeoutError:
            break
    monitor.socket.close()
    return count


def measure_latency(redis, options):
    """From LPUSH to the job's entry in the consumer's hands, one job at a time on an idle fleet: start, run and end."""
    times = []
    for number in range(options.pings):
        last = redis.call("XREVRANGE", "outlook:results", "+", "-", "COUNT", "1")[0][0]
        began = time.monotonic()
        redis.call("LPUSH", "outlook:jobs", payload(number, options.tenants))
        if redis.call("XREAD", "BLOCK", "10000", "STREAMS", "outlook:results", last) is None:
            sys.exit("a job on an idle fleet has no result within 10 s")
        times.append((time.monotonic() - began) * 1000)
        time.sleep(0.005)
    times.sort()
    return {
        "push_to_result_ms_p50": round(times[len(times) // 2], 3),
        "push_to_result_ms_p99": round(times[len(times) * 99 // 100], 3),
    }


def measure_baseline(redis, jobs):
    """A bare LPUSH and RPOP of the same payloads, 64 at a time on one connection: what the same machine can do at most
    with a queue that promises nothing."""
    began = time.monotonic()
    for start in range(0, jobs, 64):
        size = min(64, jobs - start)
        redis.pipeline(("LPUSH", "bench:bare", payload(number, 100)) for number in range(size))
        redis.pipeline(("RPOP", "bench:bare") for _ in range(size))
    return round(jobs / (time.monotonic() - began))


def main():
    parser = argparse.ArgumentParser()
    for name in ("socket", "program", "keys", "log"):
        parser.add_argument("--" + name, required=True)
    for name, default in (("jobs", 200_000), ("tenants", 500), ("workers", 1), ("pings", 200)):
        parser.add_argument("--" + name, type=int, default=default)
    for name, default in (("idle", 5.0), ("limit", 300.0)):
        parser.add_argument("--" + name, type=float, default=default)
    options = parser.parse_args()
    redis = Redis(options.socket)
    bare = measure_baseline(redis, min(options.jobs, 100_000))
    figures = measure_throughput(redis, options)
    bare = (bare + measure_baseline(redis, min(options.jobs, 100_000))) / 2
    figures["bare_lpush_rpop_per_second"] = round(bare)
    figures["ratio_to_bare"] = round(figures["jobs_per_second"] / bare, 3)
    print(json.dumps(figures))


main()
