"""``make bench``: the figures that the README states, each beside a floor taken in the same run.

Absolute figures move with the machine; the ratio is what to compare. A figure's module stands in this
package, has ``measure(stage: Stage) -> list[Figure]`` and is named in ``MODULES`` of
``loyalty_site.benchmarks.running``. It is given a stage (``loyalty_site.benchmarks.stage``):

* ``stage.say("importing …")`` tells whoever waits what is being done;
* ``with stage.on_postgres() as scratch`` is an empty, migrated PostgreSQL database of your own, dropped
  afterwards; a module that uses it says ``NEEDS_POSTGRES = True`` and is skipped when no server answers;
* ``with stage.sqlite() as scratch`` is the same as a file;
* ``scratch.manage("import_purchases", …) -> Ran`` runs a command on it (seconds, megabytes, output);
* ``scratch.call("loyalty_site.benchmarks.population:make", members=2000)`` runs a function of this package
  in a process with that database and returns what it returned (JSON values);
* ``scratch.crowd("loyalty_site.benchmarks.postings:whole", clients=8, seconds=3, …) -> Pace`` lets processes
  do one thing again and again: operations per second, processor time of each (Python and PostgreSQL
  together), errors, and the slowest. The function is called once per client with ``client``, ``clients`` and
  your arguments, and returns what to do (``Callable[[], None]``);
* ``rounds.sandwich(floor, candidates)`` measures floor, candidates, floor, three times over, and drops the
  rounds whose floors differ by more than a quarter;
* ``scratch.prove()`` insists that the books are right: call it after every step.

Run one alone: ``manage.py bench postings``.
"""
