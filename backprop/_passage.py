"""The text that a language model of the book learns from: small letters, commas and periods.

It is written for that purpose, in few words that come back, and is never edited: each output of the
chapter depends on every character.
"""

PASSAGE = """\
a network is a row of layers, and each layer is a row of units. a unit takes the outputs of the
layer before it, multiplies each of them by a weight, adds them up, and hands the result to the
layer after it. nothing in the network knows what the whole is for. each unit sees a few numbers
that come in, and gives one number that goes out. and yet the whole can read a word, or tell a
cat from a dog, or say which letter comes next.
how does the network learn to do this. at the start the weights are small random numbers, and
the output is a guess. we show the network an example, and we look at the output. the target
says what the output should have been. the difference between the target and the output is the
error. if the output is too small, the error is positive, and if the output is too large, the
error is negative. the loss is one number that says how bad the output is. to learn is to change
the weights so that the loss becomes smaller.
but which of the weights should change, and by how much. the loss does not say. the loss is one
number at the end, and the weights are many numbers on the way. so we send the error back. the
error starts at the output, and goes back over the same weights over which the outputs came. a
weight that was large carries much of the error, and a weight that was small carries little.
where two ways meet, the errors that come back over both of them are added up. so each unit is
told how much of the error is its own.
the error of a unit is then multiplied by the slope of the unit. the slope says how much the
output of the unit changes when the input of the unit changes a little. where the slope is
small, a change of the input does nothing, and so the error that goes on is small. where the
slope is large, the error that goes on is large. the error times the slope is the error term of
the unit. when we know the error term of a unit, we know how each of its weights should change.
the step of a weight is the input that came over the weight, times the error term of the unit,
times the learning rate.
the learning rate is a small number. when the learning rate is too small, the network learns,
but it learns slowly. when the learning rate is too large, the steps are so long that the loss
becomes larger, and after a few steps the weights are so large that nothing can be learned.
between the two there is a rate at which the loss goes down at each step, at first fast and then
slowly. nobody knows this rate before the network has been tried. so we try one rate after the
other, and we keep the one that is best.
one example is not enough. the network must see many examples, and it must see each of them many
times. when we show it one example after the other, each step makes the loss of one example
smaller, and makes the loss of some other examples larger. when we show it all examples at once,
the steps are added up, and the sum makes the loss of all of them smaller. but it takes a long
time to look at all examples before the first step. so we take a few examples at a time, and
call them a batch. the step of a batch is not the best step, but there are many batches, and
each of them gives a step.
how do we know that the steps are right. a program can be wrong and still learn something. a
sign that is wrong, a layer that is left out, a sum that should have been a mean, all of these
give a network that learns slowly, or learns a little and then stops. so we check the steps
before we use them. we change one weight by a very small number, and look at how much the loss
changes. the change of the loss over the change of the weight must be the slope that the program
found for this weight. we do this for one weight after the other. when all of them are right,
the program is right, at this place and for this example.
how do we know that the network has learned. it is not enough to look at the loss of the
examples from which it learned. a network that is large enough can learn each of them by heart,
and then it knows nothing about the others. so we keep some examples for the end, and the
network never learns from them. when the loss of these examples is small, the network has
learned something that is true of all of them. when the loss of the examples that it has seen
goes down, and the loss of the others goes up, the network has begun to learn by heart, and it
is time to stop.
a layer can be used at many places. when the same weights are used at each place of a picture,
the layer looks for the same thing at each place. when the same weights are used at each time
step, the layer reads one letter after the other. a weight that is used at many places gets a
step from each of them, and the steps are added up. there is nothing else to know about shared
weights. the error goes back to each place at which the weight was used, and each place says how
the weight should change, and the sum of what they say is the step.
a network that is deep has many layers. the error goes back over all of them, and at each layer
it is multiplied by the weights and by the slopes. when these numbers are small, the error
becomes smaller at each layer, and the first layers learn nothing. when these numbers are large,
the error becomes larger at each layer, and the first step throws the weights far away. so the
first weights must be neither too small nor too large. it also helps to add the input of a layer
to its output. then the error has two ways back, one over the weights of the layer, and one past
the layer, and over the second way it comes back as it is.
a sentence is a row of letters. to read a sentence is to look at each letter and at the letters
before it. some of the letters before it say much about what comes next, and others say nothing.
attention is a layer that finds out which of them to look at. each place asks a question, each
place before it gives an answer, and the place takes much from the answers that fit the
question, and little from the others. the question and the answer are computed by weights, and
the weights are learned, as all weights are, from the error that comes back.
so the network reads a letter, and the letters before it, and gives a number to each letter that
may come next. the letter that did come next is the target. the error is the difference between
the target and what the network said. the error goes back over the last layer, and over the
layer before it, and so on until it comes to the first. at each layer it says how the weights
should change. then all weights take a small step, and the network reads the next letters. after
many steps, what the network says is close to what comes next. nobody told it what a word is,
and yet it begins to write words.
all of this is one rule. a change of a weight changes an output, the output changes the next
output, and so on until the loss changes. the change of the loss is the product of all changes
on the way, and the sum over all ways. to go back from the loss is to compute these sums and
products once for all weights, and not once for each of them. that is why a network with many
weights can learn at all. the way back takes about two times as long as the way there, and it
says of each weight, large or small, near the end or far from it, how the loss would change if
the weight changed a little.
"""
